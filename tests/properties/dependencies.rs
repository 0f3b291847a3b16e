//! SECURITY.md lists every dependency as trusted, and the build script runs only the compiler.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The names in a section of a manifest.
fn section(manifest: &str, name: &str) -> BTreeSet<String> {
    let lines = manifest.lines().skip_while(|line| *line != format!("[{name}]")).skip(1);
    let entries = lines.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once(" = "));
    entries.map(|(name, _)| name.to_owned()).collect()
}

/// The names in the first column of SECURITY.md's table.
fn trusted(security: &str) -> Vec<String> {
    let lines = security.lines().skip_while(|line| *line != "## Trusted packages").skip(1);
    let rows = lines.take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| {
        let column = row.split('|').nth(1).expect("a table has columns");
        column.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn security_md_names_every_dependency_once_and_no_other() {
    let manifest = fs::read_to_string(path("Cargo.toml")).expect("the manifest can be read");
    let listed = trusted(&fs::read_to_string(path("SECURITY.md")).expect("SECURITY.md can be read"));
    let mut compiled = section(&manifest, "dependencies");
    let static_alone = section(&manifest, "target.'cfg(target_env = \"musl\")'.dependencies");
    assert_eq!(static_alone, BTreeSet::from(["dlmalloc".to_owned()]));
    compiled.extend(static_alone);
    assert!(compiled.contains("rustls") && !compiled.contains("rcgen"), "the manifest is read: {compiled:?}");
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), compiled);
    assert_eq!(listed.len(), compiled.len(), "named twice: {listed:?}");
}

/// A build script could make requests unseen: there is one, without dependencies, which asks the C compiler
/// for one path.
#[test]
fn the_build_script_runs_only_the_compiler() {
    let manifest = fs::read_to_string(path("Cargo.toml")).expect("the manifest can be read");
    assert!(!manifest.contains("\nbuild = "), "the build script is build.rs");
    assert!(section(&manifest, "build-dependencies").is_empty());
    let script = fs::read_to_string(path("build.rs")).expect("the build script can be read");
    let used: BTreeSet<&str> = script.lines().filter_map(|line| line.strip_prefix("use ")).collect();
    assert_eq!(used, BTreeSet::from(["std::env;", "std::path::Path;", "std::process::Command;"]));
    assert_eq!(script.matches("Command::new(linker).arg(format!(\"-print-file-name=").count(), 1);
    assert_eq!(script.matches("Command::new").count(), 1);
}

/// `rust-version` is the highest version that a dependency needs: with a lower one, the program cannot be
/// compiled.
#[test]
fn the_rust_version_is_the_highest_that_a_dependency_needs() {
    let cargo = std::env::var_os("CARGO").expect("cargo runs the tests");
    let metadata = std::process::Command::new(cargo)
        .args(["metadata", "--format-version=1", "--locked"])
        .current_dir(path("."))
        .output()
        .expect("cargo can be run");
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).expect("it is JSON");
    let packages = metadata["packages"].as_array().expect("it has packages");
    let version = |package: &serde_json::Value| -> Option<Vec<u32>> {
        package["rust_version"].as_str()?.split('.').map(|part| part.parse().ok()).collect()
    };
    let (own, others): (Vec<_>, Vec<_>) =
        packages.iter().partition(|package| package["name"] == env!("CARGO_PKG_NAME"));
    let needed = others.into_iter().filter_map(version).max();
    assert_eq!(own.into_iter().find_map(version), needed, "rust-version in Cargo.toml");
}
