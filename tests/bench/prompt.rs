//! What the prompt costs: the hook's own function, called many times inside one shell that holds a session. The shell reads the
//! clock before and after; the cost of the loop is in it.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use crate::Result;
use crate::ground::Ground;
use crate::tools;

/// What one call of the prompt function costs in a shell.
pub struct Cost {
    pub shell: &'static str,
    pub micros: f64,
}

/// A shell: how a function is looked for and called a thousand times.
struct Shell {
    name: &'static str,
    options: &'static [&'static str],
    script: &'static str,
}

/// The scripts print the microseconds of a thousand calls, or nothing where the hook has no such function.
const SHELLS: [Shell; 3] = [
    Shell {
        name: "bash",
        options: &["--norc", "--noprofile"],
        script: "eval \"$(assume-env --init bash)\"
            declare -F __assume_env_prompt >/dev/null || exit 0
            begin=${EPOCHREALTIME/[.,]/}
            for ((i = 0; i < 1000; i++)); do __assume_env_prompt; done
            echo \"$((${EPOCHREALTIME/[.,]/} - begin))\"",
    },
    Shell {
        name: "zsh",
        options: &["-f"],
        script: "autoload -Uz add-zsh-hook
            eval \"$(assume-env --init zsh)\"
            (( $+functions[__assume_env_prompt] )) || exit 0
            zmodload zsh/datetime
            begin=$EPOCHREALTIME
            for ((i = 0; i < 1000; i++)) { __assume_env_prompt }
            printf '%d\\n' $(( (EPOCHREALTIME - begin) * 1000000 ))",
    },
    Shell {
        name: "fish",
        options: &["--no-config"],
        script: "assume-env --init fish | source
            functions -q __assume_env_prompt; or exit 0
            set begin (date +%s%N)
            for i in (seq 1000); __assume_env_prompt >/dev/null; end
            math \"($(date +%s%N) - $begin) / 1000\"",
    },
];

/// The cost in every shell that is at hand and whose hook has a prompt.
pub fn costs(ground: &Ground) -> Result<Vec<Cost>> {
    let mut costs = Vec::new();
    for shell in &SHELLS {
        let Some(program) = tools::on_path(shell.name) else { continue };
        let mut command = Command::new(program);
        command.args(shell.options).args(["-i", "-c", &of_session(shell)]).env_clear();
        command.envs(ground.env("http://127.0.0.1:1")).env("TERM", "dumb").stdin(Stdio::null());
        let output = command.output()?;
        let words = String::from_utf8_lossy(&output.stdout);
        match words.trim().parse::<f64>() {
            Ok(micros) => costs.push(Cost { shell: shell.name, micros: micros / 1000.0 }),
            Err(_) if words.trim().is_empty() && output.status.success() => {}
            Err(_) => {
                let why = String::from_utf8_lossy(&output.stderr);
                return Err(format!("the prompt of {}: {words}{why}", shell.name).into());
            }
        }
    }
    Ok(costs)
}

/// The script behind what makes a session of this shell: labels are all that a prompt looks at.
fn of_session(shell: &Shell) -> String {
    let mut text = String::new();
    for (name, value) in [
        ("ASSUME_ENV_PROFILE", "role"),
        ("ASSUME_ENV_EXPIRES", "4000000000"),
        ("ASSUME_ENV_KEY_ID", "ASIABENCH00000000000"),
        ("AWS_ACCESS_KEY_ID", "ASIABENCH00000000000"),
    ] {
        // fish knows this form too.
        let _ = writeln!(text, "export {name}={value}");
    }
    text + shell.script
}
