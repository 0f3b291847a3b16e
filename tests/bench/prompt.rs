//! What the prompt costs: the hook's own functions, called many times inside one shell that holds a session. The shell reads the
//! clock before and after; the cost of the loop is in it.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use crate::Result;
use crate::ground::Ground;
use crate::tools;

/// What a prompt costs in a shell, in microseconds.
pub struct Cost {
    pub shell: &'static str,
    pub median: f64,
    pub minimum: f64,
}

/// A shell: how its functions are looked for and called two hundred times, eleven times over.
struct Shell {
    name: &'static str,
    options: &'static [&'static str],
    script: &'static str,
}

/// The calls whose time a script prints as one line.
const CALLS: f64 = 200.0;

/// The scripts print the microseconds of [`CALLS`] calls a line, or nothing where the hook has no such function. What a hook runs at
/// every prompt is called, the check of the expiry included.
const SHELLS: [Shell; 3] = [
    Shell {
        name: "bash",
        options: &["--norc", "--noprofile"],
        script: "eval \"$(assume-env --init bash)\"
            declare -F __assume_env_prompt >/dev/null || exit 0
            for ((round = 0; round < 11; round++)); do
                begin=${EPOCHREALTIME/[.,]/}
                for ((i = 0; i < 200; i++)); do __assume_env_prompt; done
                echo \"$((${EPOCHREALTIME/[.,]/} - begin))\"
            done",
    },
    Shell {
        name: "zsh",
        options: &["-f"],
        script: "autoload -Uz add-zsh-hook
            eval \"$(assume-env --init zsh)\"
            (( $+functions[__assume_env_prompt] )) || exit 0
            zmodload zsh/datetime
            for ((round = 0; round < 11; round++)) {
                begin=$EPOCHREALTIME
                for ((i = 0; i < 200; i++)) { __assume_env_prompt }
                printf '%d\\n' $(( (EPOCHREALTIME - begin) * 1000000 ))
            }",
    },
    Shell {
        name: "fish",
        options: &["--no-config"],
        script: "function fish_prompt; end; function fish_mode_prompt; end
            assume-env --init fish | source
            functions -q __assume_env_prompt; or exit 0
            set calls (seq 200)
            for round in (seq 11)
                set begin (date +%s%N)
                for i in $calls; emit fish_prompt; fish_mode_prompt; fish_prompt; end >/dev/null
                math \"($(date +%s%N) - $begin) / 1000\"
            end",
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
        let micros: std::result::Result<Vec<f64>, _> = words.split_whitespace().map(str::parse).collect();
        let (Ok(mut micros), true) = (micros, output.status.success()) else {
            let why = String::from_utf8_lossy(&output.stderr);
            return Err(format!("the prompt of {}: {words}{why}", shell.name).into());
        };
        micros.sort_unstable_by(f64::total_cmp);
        if let Some(minimum) = micros.first() {
            let median = micros[micros.len() / 2] / CALLS;
            costs.push(Cost { shell: shell.name, median, minimum: minimum / CALLS });
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
