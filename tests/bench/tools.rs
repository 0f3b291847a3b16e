//! Other tools: where they are, and which of them can be had without asking a person.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::ground::TOP;

/// The version of awsume that is compared with.
const AWSUME: &str = "awsume==4.5.4";

/// Native tools that do the same work; they are measured when they are on PATH.
pub const OTHERS: [&str; 5] = ["aws-vault", "granted", "aws-sso", "aws-runas", "assume-role"];

/// A program on the caller's PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// The AWS CLIs at hand, by name and version: the one of the walk, and those on PATH, one of each version.
pub fn aws_clis() -> Vec<(String, PathBuf)> {
    let of_walk = Path::new(TOP).join("target/walk-venv/bin/aws");
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for program in [Some(of_walk), on_path("aws")].into_iter().flatten() {
        let Some(version) = first_line(Command::new(&program).arg("--version")) else { continue };
        // `aws-cli/2.9.19 Python/3.11.2 …`
        let name = version.split(' ').next().unwrap_or(&version).replace("aws-cli/", "AWS CLI ");
        if found.iter().all(|(known, _)| major(known) != major(&name)) {
            found.push((name, program));
        }
    }
    found
}

fn major(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// awsume, installed into a folder below `target` the first time.
pub fn awsume() -> Option<PathBuf> {
    let venv = Path::new(TOP).join("target/bench-venv");
    let program = venv.join("bin/awsumepy");
    if !program.is_file() {
        println!("installing {AWSUME} into target/bench-venv");
        succeeds(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        succeeds(Command::new(venv.join("bin/pip")).args(["--quiet", "install", AWSUME]))?;
    }
    program.is_file().then_some(program)
}

fn succeeds(command: &mut Command) -> Option<()> {
    command.status().is_ok_and(|status| status.success()).then_some(())
}

/// The first line that a program prints.
pub fn first_line(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).lines().next()?.to_owned())
}
