//! The man page, for man(7): the manual in roff.

use crate::cli::manual::{Part, manual};

/// The date of the page.
const DATE: &str = "2026-11-29";

/// The page.
pub(super) fn man_page() -> String {
    let mut text = format!(
        ".TH ASSUME\\-ENV 1 \"{DATE}\" \"assume\\-env {}\" \"User Commands\"\n.SH NAME\nassume\\-env \\- turn an AWS role into a process \
         environment\n.SH SYNOPSIS\n.B assume\\-env\n[\\fIOPTIONS\\fR] [\\fIROLE\\fR]\n.br\n.B assume\\-env\n[\\fIOPTIONS\\fR] \
         [\\fIROLE\\fR] \\-\\- \\fICOMMAND\\fR [\\fIARG\\fR]…\n",
        env!("CARGO_PKG_VERSION")
    );
    // A paragraph that opens a section needs no mark of its own.
    let mut opens = false;
    for part in manual() {
        let mark = if opens { "" } else { ".PP\n" };
        opens = false;
        match part {
            Part::Heading(heading) => {
                text.push_str(&format!(".SH {heading}\n"));
                opens = true;
            }
            Part::Paragraph(words) => text.push_str(&format!("{mark}{}", sentences(&words))),
            Part::Code(lines) => {
                text.push_str(".PP\n.nf\n");
                for line in lines {
                    text.push_str(&format!("    {}\n", escape(line)));
                }
                text.push_str(".fi\n");
            }
            Part::Item(term, words) => {
                text.push_str(&format!(".TP\n.B {}\n{}", escape(&term), sentences(&words)));
            }
        }
    }
    text
}

/// Text of a page: each sentence begins a line, and no line is longer than 80 bytes, as man(7) asks for.
fn sentences(words: &str) -> String {
    const WIDTH: usize = 78;
    let (mut text, mut line) = (String::new(), String::new());
    for word in escape(words).split_whitespace() {
        if !line.is_empty() && line.len() + 1 + word.len() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        // A line that begins with one of these is a request.
        if line.is_empty() && word.starts_with(['.', '\'']) {
            line.push_str("\\&");
        }
        line.push_str(word);
        if word.ends_with(['.', ':']) && word != "e.g." {
            text.push_str(&line);
            text.push('\n');
            line.clear();
        }
    }
    if !line.is_empty() {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// Escapes the characters that have a meaning in roff.
fn escape(text: &str) -> String {
    text.replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('~', "\\(ti")
        .replace('"', "\\(dq")
        .replace('`', "\\(ga")
        .replace('\'', "\\(aq")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page is checked in. `UPDATE_MAN=1 cargo test man_page` writes it anew.
    #[test]
    fn the_checked_in_man_page_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/man/assume-env.1");
        if std::env::var_os("UPDATE_MAN").is_some() {
            std::fs::write(path, man_page()).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == man_page(), "man/assume-env.1 is stale: UPDATE_MAN=1 cargo test man_page");
    }

    #[test]
    fn no_line_of_the_page_is_too_long_or_a_request_by_accident() {
        assert_eq!(sentences(".x 'y' one. Two"), "\\&.x \\(aqy\\(aq one.\nTwo\n");
        let long = sentences(&"word ".repeat(100));
        assert!(long.lines().all(|line| line.len() <= 80), "{long}");
    }
}
