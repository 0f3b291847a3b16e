//! What writes to standard error, to standard output or to a terminal: `sys/stderr.rs` and `sys/stdout.rs`, through the gate
//! that hides secrets. Any other writer in the sources must be listed here with its reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What opens or writes one of the three.
const WRITERS: [&str; 12] = [
    "eprint",
    "println!",
    "print!(",
    "dbg!(",
    "io::stderr",
    "io::stdout",
    "stderr()",
    "stdout()",
    "/dev/tty",
    "/dev/stderr",
    "unistd::write",
    "libc::write",
];

/// The files that may, and why.
const ALLOWED: &[(&str, &str)] = &[
    ("sys/stderr.rs", "messages, through the gate"),
    ("sys/stdout.rs", "the one text, and texts through the gate"),
    ("sys/signals.rs", "the failing statement, the prompt again, and line ends: texts made before"),
    ("sys/tty_lock/linux.rs", "opens the terminal for its lock, and only for reading"),
    ("sys/quiet_terminal.rs", "the prompt, whose values went through the gate"),
    ("commands/pick/mod.rs", "the list to choose from, through the gate"),
];

fn walk(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).expect("a source file is text");
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let code: String = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .map(|line| format!("{line}\n"))
                .collect();
            found.push((path.to_string_lossy().into_owned(), code));
        }
    }
}

#[test]
fn every_text_leaves_through_the_gate() {
    let mut sources = Vec::new();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    walk(&src, &mut sources);
    assert!(sources.len() > 100, "only {} files", sources.len());
    let mut writers = BTreeSet::new();
    for (path, code) in &sources {
        let path = path.strip_prefix(&format!("{}/", src.display())).expect("it is in src");
        if WRITERS.iter().any(|writer| code.contains(writer)) {
            let may = ALLOWED.iter().any(|(file, _)| *file == path);
            assert!(may, "{path} writes; use sys::stderr::print or sys::stdout::print");
            writers.insert(path.to_owned());
        }
    }
    for file in ["sys/stderr.rs", "sys/stdout.rs", "sys/signals.rs", "sys/quiet_terminal.rs"] {
        assert!(writers.contains(file), "{file} is not found as a writer");
    }
    let code = |file: &str| {
        let (_, code) = sources.iter().find(|(path, _)| path.ends_with(file)).expect("it is there");
        code.clone()
    };
    // The message, both lines that explain a wait, and the one for texts on standard output.
    assert_eq!(code("sys/stderr.rs").matches("redact::shown(").count(), 3);
    assert_eq!(code("sys/stdout.rs").matches("redact::shown(").count(), 1);
    // Constants, the words to type and the address of the console go past the gate on standard output.
    let past: BTreeSet<&str> = sources
        .iter()
        .filter(|(_, code)| code.contains("stdout::write("))
        .map(|(path, _)| path.rsplit_once("src/").expect("it is in src").1)
        .collect();
    let expected = [
        "commands/complete/mod.rs",
        "commands/console/mod.rs",
        "commands/list.rs",
        "commands/mod.rs",
        "commands/status.rs",
    ];
    assert_eq!(past.into_iter().collect::<Vec<_>>(), expected);
}
