//! The config and credentials files, with a form feed between them.
//!
//! For every text: sections and keys are parts of the line that they name, every profile has a plan or an
//! error, and neither shows a secret.

use assume_env::testing::acquire::reuse;
use assume_env::testing::cli;
use assume_env::testing::commands::explain::{self, Explanation};
use assume_env::testing::commands::list;
use assume_env::testing::config::{Config, Files, ini};
use assume_env::testing::env::Environment;
use assume_env::testing::plan::{self, PlanContext};

const NOW: i64 = 1_795_435_994;
/// The number of profiles that are planned: more of them cost time and find nothing new.
const SOME: usize = 8;

pub fn check(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let (config, credentials) = text.split_once('\u{c}').unwrap_or((text, ""));
    for text in [config, credentials] {
        pieces(text);
    }
    let files = Files::of_texts(config, credentials);
    let secrets = secrets(text, [config, credentials]);
    let (config, fault) = Config::of(&files);
    if let Some(fault) = fault {
        shows_none(&super::can_be_shown(fault), &secrets);
    }
    super::is_clean(&list::names(&config));
    shows_none(&list::json(&config), &secrets);
    let some = config.profiles().take(SOME);
    some.filter(|profile| planned(profile.name(), &config, &secrets)).count() > 0
}

/// Every section and key is on its line.
fn pieces(text: &str) {
    let parsed = ini::parse(text);
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = lines.split('\n').collect();
    let on = |line: u32, part: &str| {
        let line = usize::try_from(line).expect("a small number").checked_sub(1).and_then(|at| lines.get(at));
        assert!(line.is_some_and(|line| line.contains(part)), "{part:?} is not on its line");
    };
    for section in &parsed.sections {
        on(section.line, section.name);
        for setting in &section.settings {
            on(setting.line, setting.key);
            let _ = ini::nested(setting.value.expose());
        }
    }
    if let Some((line, _)) = parsed.error {
        on(line, "");
    }
}

/// The secrets that occur once in a file and look like nothing else in it, so that an output with one of them
/// shows the secret.
fn secrets(whole: &str, texts: [&str; 2]) -> Vec<String> {
    let mut secrets = Vec::new();
    for text in texts {
        for section in ini::parse(text).sections {
            for key in ["aws_secret_access_key", "aws_session_token"] {
                let Some(setting) = section.setting(key) else { continue };
                let value = setting.value.expose();
                if value.starts_with("planted/") && value.len() > 12 && whole.matches(value).count() == 1 {
                    secrets.push(value.to_owned());
                }
            }
        }
    }
    secrets
}

fn shows_none(text: &str, secrets: &[String]) {
    for secret in secrets {
        assert!(!text.contains(secret), "a secret in {text:?}");
    }
}

fn planned(name: &str, config: &Config<'_>, secrets: &[String]) -> bool {
    let vars = [("HOME", "/nonexistent"), ("AWS_PROFILE", name)];
    let Ok(env) = Environment::new(vars.into_iter().map(|(name, value)| (name.into(), value.into()))) else {
        panic!("the variables are text");
    };
    let request = cli::parse(&["--explain".into()]).expect("a right line");
    let around = PlanContext { default_name: "ann@laptop", now: NOW, on_instance: || false };
    match plan::plan(&request.session, false, &env, config, &around) {
        Ok(plan) => {
            let reuse = reuse::decide(&request.session, true, &plan, &env, NOW).expect("no session is held");
            let explanation = Explanation::of(&plan, &env, config, &reuse);
            shows_none(&explain::text(&explanation), secrets);
            shows_none(&explain::json(&explanation), secrets);
            true
        }
        Err(error) => {
            shows_none(&super::can_be_shown(error), secrets);
            false
        }
    }
}
