//! How the function of a hook calls this program: `--hook=CALL` before the user's words, which it hands over
//! unread. `shell/README.md`, "The protocol", describes it.

use std::ffi::OsString;

use crate::cli::error::Error;
use crate::shell::HookShell;
use crate::shell::hook_answer::HookAnswer;

/// The beginning of the word that a function puts before the user's words.
const FLAG: &str = "--hook=";

/// The version of the protocol. A shell can run for weeks, so its hook can be of another version of the
/// program.
const VERSION: &str = "1";

/// A call by the function of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookCall {
    /// The shell.
    pub shell: HookShell,
    /// The name of the function.
    pub function: String,
    /// The mark with which the answer must end; `None` when the function only passes a command line on, whose
    /// output is the user's.
    pub mark: Option<String>,
    /// What the function says about its shell, as letters.
    letters: String,
}

impl HookCall {
    /// Takes the call off the words, if there is one.
    ///
    /// # Errors
    /// A call in another version of the protocol.
    pub fn split(args: &[OsString]) -> Result<(Option<Self>, &[OsString]), Error> {
        let Some((first, words)) = args.split_first() else { return Ok((None, args)) };
        match first.to_str().and_then(|word| word.strip_prefix(FLAG)) {
            Some(call) => Ok((Some(Self::parse(call)?), words)),
            None => Ok((None, args)),
        }
    }

    /// Reads `VERSION:SHELL:FUNCTION` and, if the function waits for an answer, `:MARK:LETTERS`.
    fn parse(call: &str) -> Result<Self, Error> {
        let words: Vec<&str> = call.split(':').collect();
        let (shell, function, mark, letters) = match words[..] {
            [VERSION, shell, function] => (shell, function, None, ""),
            [VERSION, shell, function, mark, letters] => (shell, function, Some(mark), letters),
            _ => return Err(Error::OtherHook),
        };
        let is_plain = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
        };
        if !is_plain(function) || mark.is_some_and(|mark| !is_plain(mark)) {
            return Err(Error::OtherHook);
        }
        let shell = HookShell::parse(shell).ok_or(Error::OtherHook)?;
        Ok(Self { shell, function: function.into(), mark: mark.map(str::to_owned), letters: letters.into() })
    }

    /// The answer that the function waits for, if it does.
    pub fn answer(&self) -> Option<HookAnswer<'_>> {
        Some(HookAnswer::new(self.shell, &self.function, self.mark.as_deref()?))
    }

    /// Whether the shell can keep an MFA session in a variable that it does not export.
    pub fn keeps_mfa_session(&self) -> bool {
        self.letters.contains('k')
    }

    /// Whether the function hands an MFA session over, where it does not always.
    pub fn has_mfa_session(&self) -> bool {
        self.letters.contains('b')
    }

    /// Whether the function runs in a subshell, whose variables end with it.
    pub fn is_in_subshell(&self) -> bool {
        self.letters.contains('s')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_read_and_another_version_refused() {
        let split = |first: &str| {
            HookCall::split(&[first.into(), "s3".into()]).map(|(call, words)| (call, words.len()))
        };
        let (call, words) = split("--hook=1:bash:become:12.3:ks").unwrap();
        let call = call.unwrap();
        assert_eq!((call.function.as_str(), call.mark.as_deref(), words), ("become", Some("12.3"), 1));
        assert!(call.keeps_mfa_session() && call.is_in_subshell() && !call.has_mfa_session());
        assert_eq!(split("--hook=1:fish:assume").unwrap().0.unwrap().mark, None);
        assert_eq!(split("s3").unwrap(), (None, 2));
        for bad in [
            "1",
            "2:bash:assume",
            "1:cobol:assume",
            "1:bash:a;b",
            "1:bash:assume:$(id):k",
            "1:bash:assume::k",
            "",
        ] {
            assert!(split(&format!("--hook={bad}")).is_err(), "{bad}");
        }
    }
}
