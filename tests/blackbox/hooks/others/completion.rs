//! Completion: the line that results when the user presses TAB.

use super::{ALL, Elvish, Nu, Tcsh, Xonsh, two_roles};

/// In elvish the first return only chooses the candidate.
#[test]
fn a_tab_completes() {
    for shell in ALL {
        let case = two_roles();
        let mut terminal = case.hooked_other(shell, &[]);
        let blank = "my role leads to ";
        for (line, shown) in [
            ("assume --explain pro\t", "prod leads to "),
            ("assume-env --explain pro\t", "prod leads to "),
            ("assume --expla\t prod", "prod leads to "),
            ("assume --explain prod --region mx-c\t", "gets the region mx-central-1 "),
            ("assume --explain prod -r il-\t", "gets the region il-central-1 "),
            ("assume --explain my\t", blank),
            ("assume --explain x\t", "x`touch ran`"),
            ("assume --explain y\t", "y;touch ran"),
            ("assume -q s3 -- printen\t ASSUME_ENV_ROLE_ARN", "role/assumeS3Full"),
        ] {
            // tcsh splits a list at blanks, and so does not offer these; the new xonsh has readline here,
            // which looks for words that begin with the typed text, and a name with quotes begins with @.
            let quoted = shown == blank || shown.contains("touch");
            if quoted && matches!(shell, Tcsh | Xonsh("xonsh-0.25")) {
                continue;
            }
            // nu calls the user's own completer there, and this user has none.
            if shell == Nu && line.contains(" -- ") {
                continue;
            }
            let (before, after) = line.split_once('\t').expect("a TAB");
            terminal.send(&format!("{before}\t"));
            // Menus of line editors come a moment after the key.
            std::thread::sleep(std::time::Duration::from_millis(700));
            terminal.send(&format!("{after}\r"));
            if shell == Elvish {
                terminal.send("\r");
            }
            terminal.expect(shown);
            terminal.expect("ready> ");
        }
        assert!(!case.path("ran").exists(), "{shell:?}");
    }
}
