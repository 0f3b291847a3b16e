//! What a row of the table of dialects holds: a form in which the variables can be written, and the hooks of
//! its shells.
//!
//! The rows are one static per file, and [`crate::shell::dialects`] lists them. All that differs between
//! dialects is a field here, so that no other code asks which dialect it has.

use zeroize::Zeroizing;

use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::variables::EnvChange;
use crate::shell::error::{Error, Unfit};
use crate::shell::frame::Frame;

/// Writes the changes, and keeps or drops an MFA session where the dialect can; an error for a value that it
/// cannot hold.
pub(crate) type Render = fn(&[EnvChange], MfaSessionUpdate<'_>) -> Result<Zeroizing<String>, Error>;

/// Writes the answer that makes the changes; an error for a value that the dialect cannot hold.
pub(crate) type RenderAnswer =
    fn(&Frame<'_>, &[EnvChange], MfaSessionUpdate<'_>) -> Result<Zeroizing<String>, Error>;

/// One form in which the variables can be written.
pub(crate) struct Dialect {
    /// The name that `--format` takes.
    pub name: &'static str,
    /// Other names that `--format` takes: those of the shells that evaluate it.
    pub aliases: &'static [&'static str],
    /// What reads the text, for the manual; a beginning of a sentence.
    pub about: &'static str,
    /// The names of the program files by which the shell is detected. The dialect `sh` needs none, because it is
    /// the one for every program that is not recognised.
    pub process_names: &'static [&'static str],
    /// The module, of a shell that can also be started as `python3 -m MODULE`.
    pub python_module: Option<&'static str>,
    /// The line that makes a shell evaluate the text, before and after the arguments of `assume-env`; `None`
    /// where no shell does.
    pub eval_line: Option<[&'static str; 2]>,
    /// Whether the text can set a variable of the shell that no command inherits.
    pub keeps_mfa_session: bool,
    /// Writes the text.
    pub render: Render,
    /// Why the dialect cannot hold a value; `None` if it can.
    pub unfit: fn(&str) -> Option<Unfit>,
    /// The statement that makes `eval` fail, with the exit status if the shell has one. Empty where nothing
    /// is evaluated, or where the shell stops by itself when a program fails.
    pub fail: fn(u8) -> String,
    /// Appends a word, quoted for the command line.
    pub quote: fn(&mut String, &str),
    /// The bytes, except for ASCII letters and digits, that a word on the command line can have without
    /// quotes.
    pub bare_bytes: &'static [u8],
    /// The hooks of its shells.
    pub hooks: &'static [Hook],
}

/// The hook of a shell: what `--init` prints.
pub(crate) struct Hook {
    /// The name that `--init` takes.
    pub name: &'static str,
    /// Other names that `--init` takes.
    pub aliases: &'static [&'static str],
    /// How a user loads it, for the manual.
    pub load: &'static str,
    /// The script, with marks that `commands/init.rs` fills in.
    pub script: &'static str,
    /// Whether the name of a function can contain a dash.
    pub function_name_may_have_dash: bool,
    /// How its function gets an answer.
    pub answers: Answers,
    /// How its completion asks and what it takes; `None` without completion.
    pub completion: Option<CompletionForm>,
    /// The first line of its completion file, if a package can install one.
    pub completion_file: Option<&'static str>,
}

/// How the completion of a shell hands over the line, and how it takes the candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompletionForm {
    /// bash. In: the width, `COMP_TYPE`, the part of the word that is replaced, the line up to the cursor.
    /// Out: words, quoted for the line, without the part of the word that bash keeps.
    Readline,
    /// zsh. In: the width, the words up to the cursor. Out: the kind of the candidates; then for each the
    /// word, a tab, and the line to show. zsh quotes the word.
    Zsh,
    /// In: the words up to the cursor. Out: for each candidate the word, a tab, the description. The shell
    /// quotes the word.
    Words,
    /// As [`CompletionForm::Words`], but the word is quoted for the dialect.
    QuotedWords,
    /// tcsh. In: the variable `COMMAND_LINE`. Out: words without blanks, because tcsh splits the answer at
    /// blanks. tcsh quotes the word.
    CommandLine,
}

/// How the function of a hook gets an answer, and hands its MFA session over.
pub(crate) struct Answers {
    /// The descriptor of the answer; `None` for standard output.
    pub answer: Option<i32>,
    /// The descriptor of a pipe that has the MFA session; `None` if the function has none.
    pub mfa_session: Option<i32>,
    /// The descriptor that has the user's standard input while the MFA session is on descriptor 0; `None` if
    /// the shell cannot pass one on.
    pub stdin: Option<i32>,
    /// Writes the answer that makes changes; an error for a value that the dialect cannot hold.
    pub changes: RenderAnswer,
    /// Writes the answer that passes the user's words on.
    pub pass_on: fn(&Frame<'_>) -> String,
}
