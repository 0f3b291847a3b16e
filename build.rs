//! Links the unwinder statically into the release binary, on Linux with glibc.
//!
//! Rust's standard library uses GCC's unwinder. As a shared library (libgcc_s.so.1) it must be found, mapped
//! and bound at every start, which is a tenth of the time of `--version`. GCC has the same code as an
//! archive. Without the archive, the binary is linked as by default.

use std::env;
use std::path::Path;
use std::process::Command;

const ARCHIVE: &str = "libgcc_eh.a";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    if is_supported() && has_archive() {
        // Comes before libgcc_s on the command line, so that the linker then drops libgcc_s as unused.
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// Whether this is a release build for the system that builds it, Linux with glibc.
fn is_supported() -> bool {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let is_native = env::var_os("HOST") == env::var_os("TARGET");
    is("PROFILE", "release")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && is_native
}

/// Whether the C compiler that links has the archive. It prints the path of a file that it finds, else the
/// bare name.
fn has_archive() -> bool {
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let output = Command::new(linker).arg(format!("-print-file-name={ARCHIVE}")).output();
    output.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_absolute())
}
