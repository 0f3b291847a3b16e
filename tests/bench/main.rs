//! `cargo bench`: what assume-env costs beside the least that the same work can cost, and beside other tools.
//!
//! Builds both programs as they are released, starts the strict STS of the tests on loopback, runs every case in random
//! order, and writes `tests/bench/RESULTS.md`. Nothing is asserted: the tables are for people. `cargo bench -- --quick` takes
//! fewer runs, `-- --seed N` the order of an earlier run. `-- --run 'perf stat -r 50 assume-env role'` runs a line of sh where the
//! cases run, and nothing else: for a profile. `$FLOOR` is the floor program there, `$PLAIN` the address that speaks http.

mod cases;
mod goals;
mod ground;
mod measure;
mod prompt;
mod relay;
mod report;
#[path = "../support/mod.rs"]
mod support;
mod tools;

use std::error::Error;
use std::ffi::OsString;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ground::Ground;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What the command line asks for.
pub struct Options {
    /// How long the runs of one case may take together.
    budget: Duration,
    /// The most runs of one case.
    most: usize,
    /// The order of the runs follows from it.
    seed: u64,
    /// A line of sh to run instead.
    line: Option<OsString>,
}

impl Options {
    fn parse(args: impl Iterator<Item = OsString>) -> Result<Self> {
        use lexopt::prelude::*;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let mut options = Self { budget: Duration::from_secs(3), most: 300, seed: now.as_secs(), line: None };
        let mut parser = lexopt::Parser::from_args(args);
        while let Some(arg) = parser.next()? {
            match arg {
                Long("quick") => (options.budget, options.most) = (Duration::from_millis(500), 50),
                Long("seed") => options.seed = parser.value()?.parse()?,
                Long("run") => options.line = Some(parser.value()?),
                // Cargo says by it what it wants.
                Long("bench") => {}
                _ => return Err(arg.unexpected().into()),
            }
        }
        Ok(options)
    }
}

fn main() -> Result<()> {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some(("--peak-of", command)) = args.split_first().and_then(|(a, rest)| Some((a.to_str()?, rest))) {
        return measure::print_peak(command);
    }
    let options = Options::parse(args.into_iter())?;
    let ground = Ground::prepare()?;
    if let Some(line) = &options.line {
        return ground.run(line);
    }
    let (cases, left_out) = measure::willing(cases::all(&ground)?)?;
    println!("{} cases in random order, seed {}", cases.len(), options.seed);
    let report = report::Report {
        options: &options,
        ground: &ground,
        figures: measure::all(&cases, &options)?,
        instructions: measure::instructions(&cases)?,
        trips: relay::trips(&ground)?,
        prompts: prompt::costs(&ground)?,
        helper: measure::helper_memory(&ground)?,
        left_out,
    };
    let text = report.markdown();
    print!("\n{text}");
    std::fs::write(ground::TOP.to_owned() + "/tests/bench/RESULTS.md", text)?;
    Ok(())
}
