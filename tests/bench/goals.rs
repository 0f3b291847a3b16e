//! The goals, each with the measurement of this run.

use std::fmt::Write as _;

use crate::cases::{self, Table};
use crate::measure::Figures;
use crate::relay;
use crate::report::{MEBI, Report, millis, ratio};
use crate::tools;

/// Native tools that do the same work. curl does not: it gets the keys, and prints the answer without reading it.
const NATIVE: [&str; 5] = tools::OTHERS;

/// A goal: a measure and the most that it may be.
struct Goal {
    what: String,
    unit: &'static str,
    most: f64,
    /// `None` if a tool for the measurement is not installed.
    measured: Option<f64>,
}

/// All of them, with met or missed.
pub fn table(report: &Report<'_>) -> String {
    let mut text = "## Goals\n\n| measure | goal | this run | |\n|---|--:|--:|---|\n".to_owned();
    for Goal { what, unit, most, measured } in of_https(report).into_iter().chain(others(report)) {
        let (measured, verdict) = match measured {
            Some(value) if value <= most => (format!("{value:.2}{unit}"), "met"),
            Some(value) => (format!("{value:.2}{unit}"), "missed"),
            None => ("not measured".into(), ""),
        };
        let _ = writeln!(text, "| {what} | ≤ {most}{unit} | {measured} | {verdict} |");
    }
    text + "\n"
}

fn of_https(report: &Report<'_>) -> Vec<Goal> {
    let https = |name: &str| find(report, Table::Https, name);
    let role = https("assume-env role");
    let compared = |to: Option<&Figures>| Some(ratio(role?, to?));
    let mut goals = Vec::new();
    let floor = https("the floor program");
    goals.push(Goal {
        what: "assume-env role, to the floor program".into(),
        unit: " ×",
        most: 1.2,
        measured: compared(floor),
    });
    // The command is /bin/true, whose own start comes on top.
    let own_start = find(report, Table::Alone, "/bin/true").map(|figures| millis(figures.median));
    let run = https(&format!("assume-env {}", cases::RUN)).map(|figures| millis(figures.median));
    goals.push(Goal {
        what: format!("assume-env {}, to the floor program and /bin/true", cases::RUN),
        unit: " ×",
        most: 1.0,
        measured: (|| Some(run? / (1.2 * millis(floor?.median) + own_start?)))(),
    });
    let fastest = NATIVE.into_iter().filter_map(https).min_by_key(|figures| figures.median);
    let what = "assume-env role, to the fastest other native tool".into();
    goals.push(Goal { what, unit: " ×", most: 0.4, measured: compared(fastest) });
    let cli = report.figures.iter().find(|figures| figures.name.starts_with("AWS CLI 2"));
    let what = "assume-env role, to the AWS CLI v2".into();
    goals.push(Goal { what, unit: " ×", most: 0.01, measured: compared(cli) });
    let command = |args: &str| https(&format!("assume-env {args}")).map(|figures| millis(figures.median));
    let added = command(cases::REFRESH).zip(command(cases::RUN)).map(|(refresh, run)| refresh - run);
    goals.push(Goal {
        what: "--refresh, added to the start".into(),
        unit: " ms",
        most: 2.0,
        measured: added,
    });
    let helper = report.helper.map(|helper| helper as f64 / 1024.0);
    let what = "the helper of --refresh, resident memory".into();
    goals.push(Goal { what, unit: " MiB", most: 8.0, measured: helper });
    let peak = role.map(|role| role.peak as f64 / 1024.0);
    goals.push(Goal { what: "assume-env role, peak memory".into(), unit: " MiB", most: 8.0, measured: peak });
    goals
}

fn others(report: &Report<'_>) -> Vec<Goal> {
    let alone = |name: &str| find(report, Table::Alone, name);
    let mut goals = Vec::new();
    for name in ["--version", "--status", "role (a session is held)", "--init bash"] {
        let name = format!("assume-env {name}");
        let measured = alone(&name).zip(alone("/bin/true")).map(|(ours, least)| ratio(ours, least));
        goals.push(Goal { what: format!("{name}, to /bin/true"), unit: " ×", most: 1.0, measured });
    }
    for (args, most) in [
        ("--list", 12.0),
        ("--list --json", 25.0),
        ("--explain team-7-admin", 12.0),
        ("--complete fish assume team-77", 12.0),
    ] {
        let name = format!("assume-env {args} (10,000 profiles)");
        let measured = alone(&name).map(|figures| millis(figures.median));
        goals.push(Goal { what: name, unit: " ms", most, measured });
    }
    for (shell, most) in [("bash", 50.0), ("zsh", 50.0), ("fish", 300.0)] {
        let cost = report.prompts.iter().find(|cost| cost.shell == shell);
        let measured = cost.map(|cost| cost.median);
        goals.push(Goal { what: format!("the prompt of {shell}"), unit: " µs", most, measured });
    }
    let three = report.trips.iter().find(|trips| trips.name == relay::THREE);
    let (connections, trips) = (three.map(|t| t.connections as f64), three.map(|t| t.round_trips as f64));
    goals.push(Goal { what: "three hops, connections".into(), unit: "", most: 1.0, measured: connections });
    goals.push(Goal { what: "three hops, round trips".into(), unit: "", most: 5.0, measured: trips });
    let size = Some(report.size() as f64 / MEBI);
    goals.push(Goal { what: "the binary".into(), unit: " MiB", most: 7.5, measured: size });
    goals
}

fn find<'r>(report: &'r Report<'_>, table: Table, name: &str) -> Option<&'r Figures> {
    report.figures.iter().find(|figures| figures.table == table && figures.name == name)
}
