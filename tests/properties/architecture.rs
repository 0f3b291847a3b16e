//! The layers of `src/`: a file imports from layers below its own, or downwards in its own folder, and no
//! files import each other in a circle. `src/README.md` describes the layers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The folders and files at the top of `src/`, from the lowest layer to the highest. Those of one layer do
/// not import each other.
const LAYERS: &[&[&str]] = &[
    &["common"],
    &["sys", "shell", "env"],
    &["net", "mfa", "config", "session"],
    &["cli"],
    &["plan"],
    &["aws"],
    &["acquire"],
    &["refresh"],
    &["commands"],
    &["process"],
    &["lib"],
    &["main"],
];

/// Imports that break the rule and are accepted: `(file, imported file)`. There are none.
const EXCEPTIONS: &[(&str, &str)] = &[];

/// The module path of a file: `plan/mod.rs` is `plan`, `plan/hop.rs` is `plan::hop`.
type Module = Vec<String>;

struct Sources {
    files: BTreeMap<Module, String>,
}

impl Sources {
    fn read() -> Self {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = BTreeMap::new();
        let mut folders = vec![src.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder of the sources") {
                let path = entry.expect("an entry of a folder").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
                    let text = fs::read_to_string(&path).expect("a source file is text");
                    files.insert(module(&src, &path), without_tests(&text));
                }
            }
        }
        Self { files }
    }

    /// The module that a path leads to: the longest beginning of the path that is a file.
    fn target(&self, path: &[String]) -> Option<Module> {
        (1..=path.len())
            .rev()
            .map(|length| path[..length].to_vec())
            .find(|path| self.files.contains_key(path))
    }

    /// Every import: the module, and the module that it imports.
    fn imports(&self) -> BTreeSet<(Module, Module)> {
        let mut found = BTreeSet::new();
        for (of, text) in &self.files {
            for path in paths(of, text) {
                if let Some(target) = self.target(&path)
                    && target != *of
                {
                    found.insert((of.clone(), target));
                }
            }
        }
        found
    }
}

fn module(src: &Path, file: &Path) -> Module {
    let relative: PathBuf = file.strip_prefix(src).expect("it lies below the sources").with_extension("");
    let mut parts: Module =
        relative.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// The text without comments and without the tests at its end.
fn without_tests(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests").or_else(|| text.find("#[cfg(test)]\npub mod tests"));
    let code = &text[..end.unwrap_or(text.len())];
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    code.lines().filter(is_code).map(|line| format!("{line}\n")).collect()
}

/// Every path in the text that begins with `crate::`, `super::`, `self::` or (in main.rs) the name of the
/// library, and every child that the text declares. The braces of `use a::{b, c::d};` are unfolded.
fn paths(of: &Module, text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (start, root) in
        ["crate::", "super::", "self::", "assume_env::"].into_iter().flat_map(|root| text.match_indices(root))
    {
        let before = text[..start].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        // A module's items, its file being `folder/mod.rs` or `folder/file.rs`, are one level below its
        // parent.
        let base = match root {
            "super::" => of[..of.len().saturating_sub(1)].to_vec(),
            "self::" => of.clone(),
            _ => Vec::new(),
        };
        unfold(&base, &text[start + root.len()..], &mut found);
    }
    let declared = text.lines().filter_map(|line| {
        let name = line.trim_start_matches("pub ").trim_start_matches("pub(crate) ").strip_prefix("mod ")?;
        name.strip_suffix(';').map(str::to_owned)
    });
    let folder = if of == &["lib".to_owned()] { Vec::new() } else { of.clone() };
    found.extend(declared.map(|child| [folder.clone(), vec![child]].concat()));
    found
}

/// Reads one path, or a tree of paths in braces, and gives what is left after it.
fn unfold<'a>(base: &[String], text: &'a str, found: &mut Vec<Vec<String>>) -> &'a str {
    let mut path = base.to_vec();
    let mut rest = text;
    loop {
        if let Some(inner) = rest.strip_prefix('{') {
            rest = inner;
            loop {
                rest = unfold(&path, rest.trim_start_matches([' ', '\n', ',']), found);
                rest = rest.trim_start_matches([' ', '\n', ',']);
                match rest.strip_prefix('}') {
                    Some(after) => return after,
                    None if rest.is_empty() => return rest,
                    None => {}
                }
            }
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end == 0 {
            // Not a path, such as a glob: it ends here.
            found.push(path);
            return rest.get(1..).unwrap_or_default();
        }
        if &rest[..end] != "self" {
            path.push(rest[..end].to_owned());
        }
        rest = &rest[end..];
        match rest.strip_prefix("::") {
            Some(more) => rest = more,
            None => {
                found.push(path);
                // `as NAME` belongs to the path.
                return rest.strip_prefix(" as ").map_or(rest, |renamed| {
                    renamed.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
                });
            }
        }
    }
}

fn layer(module: &Module) -> usize {
    let top = module.first().map_or("", String::as_str);
    LAYERS
        .iter()
        .position(|layer| layer.contains(&top))
        .unwrap_or_else(|| panic!("src/{top} belongs to no layer: add it to LAYERS"))
}

fn name(module: &Module) -> String {
    module.join("::")
}

#[test]
fn a_file_imports_from_lower_layers_or_from_its_own_folder() {
    let mut upward = Vec::new();
    for (of, target) in Sources::read().imports() {
        let is_own_folder = of[0] == target[0];
        if !is_own_folder && layer(&of) <= layer(&target) {
            upward.push((name(&of), name(&target)));
        }
    }
    upward.retain(|(of, target)| !EXCEPTIONS.contains(&(of, target)));
    assert!(upward.is_empty(), "{} upward imports:\n{}", upward.len(), list(&upward));
}

fn list(imports: &[(String, String)]) -> String {
    imports.iter().map(|(of, target)| format!("  {of} imports {target}\n")).collect()
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut imports = Sources::read().imports();
    // The files that import nothing that is left are taken away, again and again; what remains is in circles
    // or leads to one.
    loop {
        let with_imports: BTreeSet<Module> = imports.iter().map(|(of, _)| of.clone()).collect();
        let before = imports.len();
        imports.retain(|(_, target)| with_imports.contains(target));
        if imports.len() == before {
            break;
        }
    }
    // Files that none of the rest imports only lead to a circle.
    loop {
        let imported: BTreeSet<Module> = imports.iter().map(|(_, target)| target.clone()).collect();
        let before = imports.len();
        imports.retain(|(of, _)| imported.contains(of));
        if imports.len() == before {
            break;
        }
    }
    let left: Vec<_> = imports.iter().map(|(of, target)| (name(of), name(target))).collect();
    assert!(left.is_empty(), "imports in circles:\n{}", list(&left));
}

#[test]
fn paths_are_found_in_trees_of_braces() {
    let text = "use crate::a::{self, b::C, d::{E, F as G}};\nfn f() { super::x::y(); }\nmod child;\n";
    let of: Module = vec!["m".to_owned(), "n".to_owned()];
    let found: BTreeSet<String> = paths(&of, text).iter().map(|path| path.join("::")).collect();
    let expected = ["a", "a::b::C", "a::d::E", "a::d::F", "m::x::y", "m::n::child"];
    assert_eq!(found, expected.map(str::to_owned).into());
}
