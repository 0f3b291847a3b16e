//! Links the unwinder into the release binary, on Linux with glibc.
//!
//! Rust's standard library wants GCC's unwinder from libgcc_s.so.1, a library of its own that has to be found, mapped and bound at
//! every start: a tenth of what `--version` takes. GCC keeps the same code as an archive. Where that is not at hand, the
//! binary is linked as it always was.

use std::env;
use std::path::Path;
use std::process::Command;

const ARCHIVE: &str = "libgcc_eh.a";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    if is_wanted() && is_there() {
        // Asked for before libgcc_s, which the linker then finds nobody to need.
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}

fn is_wanted() -> bool {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let at_home = env::var_os("HOST") == env::var_os("TARGET");
    is("PROFILE", "release")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && at_home
}

/// Whether the program that links, a C compiler, has the archive: it gives the path of what it finds, and the bare name else.
fn is_there() -> bool {
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let asked = Command::new(linker).arg(format!("-print-file-name={ARCHIVE}")).output();
    asked.is_ok_and(|answer| Path::new(String::from_utf8_lossy(&answer.stdout).trim()).is_absolute())
}
