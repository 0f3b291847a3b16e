//! The tables, in Markdown.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::cases::Table;
use crate::ground::Ground;
use crate::measure::{Figures, Instructions};
use crate::prompt::Cost;
use crate::relay::Trips;
use crate::tools;
use crate::{Options, goals};

/// Bytes.
pub const MEBI: f64 = 1_048_576.0;

pub struct Report<'a> {
    pub options: &'a Options,
    pub ground: &'a Ground,
    pub figures: Vec<Figures>,
    pub instructions: Option<Vec<Instructions>>,
    pub trips: Vec<Trips>,
    pub prompts: Vec<Cost>,
    /// The memory of the helper of `--refresh`, in KiB.
    pub helper: Option<u64>,
    pub left_out: Vec<String>,
}

impl Report<'_> {
    pub fn markdown(&self) -> String {
        let mut text = self.head();
        for (table, title) in [
            (Table::Alone, "Without the network"),
            (Table::Http, "One AssumeRole over http"),
            (Table::Https, "One AssumeRole over https"),
        ] {
            text += &self.table(table, title);
        }
        text += &(self.instructions() + &self.trips() + &self.prompts());
        text + &goals::table(self) + &self.left_out() + include_str!("remains.md")
    }

    fn head(&self) -> String {
        let rust = tools::first_line(Command::new("rustc").arg("--version"));
        format!(
            "# Costs of assume-env\n\n\
             Written by `cargo bench`. Every run is a process of its own; all cases were shuffled together with seed {}\n\
             (`cargo bench -- --seed {}` has the same order). The service is the strict STS of the tests on loopback, over TLS 1.3\n\
             with a P-256 certificate of an authority that is one of the {} in the CA bundle. The floor program\n\
             (`tests/bench/floor`) does the same work with a blocking socket, aws-sigv4 and rustls, and nothing else. Up to\n\
             3 MiB, a peak can be that of the process that measures it.\n\n\
             - machine: {}\n- {}\n- the binary: {:.2} MiB, {}\n\n",
            self.options.seed,
            self.options.seed,
            self.ground.authorities,
            machine(),
            rust.unwrap_or_else(|| "rustc is not on PATH".into()),
            self.size() as f64 / MEBI,
            match self.ground.is_static {
                true => "static, with musl, as a release is (the floor program too)",
                false => "for the C library of this machine, because no static one could be built",
            },
        )
    }

    /// Of the binary, in bytes.
    pub fn size(&self) -> u64 {
        fs::metadata(&self.ground.binary).map_or(0, |data| data.len())
    }

    /// The cases of a table; the first is what the others are compared with.
    fn table(&self, table: Table, title: &str) -> String {
        let rows: Vec<&Figures> = self.figures.iter().filter(|figures| figures.table == table).collect();
        let Some(base) = rows.first() else { return String::new() };
        let ours = rows.iter().find(|row| row.name == "assume-env role").filter(|_| table != Table::Alone);
        let mut text =
            format!("## {title}\n\n| case | median ms | minimum | CPU ms | peak MiB | × {} |", base.name);
        let _ = write!(text, "{}\n|---|--:|--:|--:|--:|--:|", if ours.is_some() { " × ours |" } else { "" });
        text += if ours.is_some() { "--:|\n" } else { "\n" };
        for row in &rows {
            let _ = write!(
                text,
                "| {} | {:.2} | {:.2} | {:.2} | {:.1} | {:.2} |",
                row.name,
                millis(row.median),
                millis(row.minimum),
                millis(row.cpu),
                row.peak as f64 / 1024.0,
                ratio(row, base),
            );
            let _ = ours.map(|ours| write!(text, " {:.2} |", ratio(row, ours)));
            text.push('\n');
        }
        let runs = rows.iter().map(|row| row.runs);
        let (least, most) = (runs.clone().min().unwrap_or(0), runs.max().unwrap_or(0));
        text + &format!("\n{least} to {most} runs each.\n\n")
    }

    fn instructions(&self) -> String {
        let Some(counted) = &self.instructions else {
            return "## Instructions\n\nNot counted: valgrind is not on PATH.\n\n".into();
        };
        let mut text =
            "## Instructions\n\nCounted by callgrind: they do not depend on the load of the machine.\n\n\
                        | case | millions |\n|---|--:|\n"
                .to_owned();
        for row in counted {
            let _ = writeln!(text, "| {} | {:.2} |", row.name, row.count as f64 / 1e6);
        }
        text + "\n"
    }

    fn trips(&self) -> String {
        let mut text =
            "## Round trips over https\n\nCounted by a relay, the TCP handshake included, without DNS.\n\n\
                        | case | connections | round trips |\n|---|--:|--:|\n"
                .to_owned();
        for row in &self.trips {
            let _ = writeln!(text, "| {} | {} | {} |", row.name, row.connections, row.round_trips);
        }
        text + "\n"
    }

    fn prompts(&self) -> String {
        if self.prompts.is_empty() {
            return String::new();
        }
        let mut text =
            "## The prompt\n\nThe work of the hook at every prompt while a session is held, called 200 times, 11 times over.\n\n\
                        | shell | median µs a call | minimum |\n|---|--:|--:|\n"
                .to_owned();
        for cost in &self.prompts {
            let _ = writeln!(text, "| {} | {:.0} | {:.0} |", cost.shell, cost.median, cost.minimum);
        }
        text + "\n"
    }

    fn left_out(&self) -> String {
        let absent = tools::OTHERS.into_iter().filter(|n| tools::on_path(n).is_none());
        let absent = absent.map(|name| format!("{name}: not on PATH"));
        let lines: Vec<String> = self.left_out.iter().cloned().chain(absent).collect();
        match lines.is_empty() {
            true => String::new(),
            false => {
                let text = format!("## Left out\n\n- {}\n\n", lines.join("\n- "));
                text.replace(&self.ground.path("").display().to_string(), "~/")
            }
        }
    }
}

pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

pub fn ratio(row: &Figures, base: &Figures) -> f64 {
    row.median.as_secs_f64() / base.median.as_secs_f64()
}

/// The processor, its cores and the kernel, as far as the system shows them.
fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or(std::env::consts::ARCH, |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = tools::first_line(Command::new("uname").arg("-sr")).unwrap_or_default();
    format!("{model}, {cores} cores, {kernel}")
}
