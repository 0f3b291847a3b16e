//! Runs the cases: wall clock, CPU, memory, instructions.
//!
//! The servers are threads of this process, so what they burn counts for nobody: CPU is what the kernel charges to the child
//! that was waited for. Memory is asked by a small process in between, because a child is charged with the memory of the
//! process that it was started from.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};

use crate::cases::{Case, Table};
use crate::ground::Ground;
use crate::{Options, Result, tools};

/// What was measured of a case.
pub struct Figures {
    pub table: Table,
    pub name: String,
    pub runs: usize,
    /// Of the wall clock.
    pub median: Duration,
    pub minimum: Duration,
    /// The median of user and system time together.
    pub cpu: Duration,
    /// The most memory that it held, in KiB.
    pub peak: u64,
}

/// How many instructions of its own a case runs through.
pub struct Instructions {
    pub name: String,
    pub count: u64,
}

/// Tries every case once. One that is optional and does not succeed is left out, with the reason.
pub fn willing(cases: Vec<Case>) -> Result<(Vec<Case>, Vec<String>)> {
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for case in cases {
        let output = case.command().stdin(Stdio::null()).output()?;
        let words = String::from_utf8_lossy(&output.stderr);
        let why = format!("{}: {}: {}", case.name, output.status, words.lines().next().unwrap_or_default());
        match (output.status.success(), case.optional) {
            (true, _) => kept.push(case),
            (false, true) => left_out.push(why),
            (false, false) => return Err(why.into()),
        }
    }
    for why in &left_out {
        println!("left out: {why}");
    }
    Ok((kept, left_out))
}

/// All cases, as often as their time allows, shuffled together so that no mood of the machine hits only one of them.
pub fn all(cases: &[Case], options: &Options) -> Result<Vec<Figures>> {
    let mut order = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        // The second run is the measure of how long one takes: the first has warmed the page cache.
        once(case)?;
        let each = once(case)?.wall.as_micros().max(1);
        let runs = usize::try_from(options.budget.as_micros() / each)?.clamp(5, options.most);
        order.extend(std::iter::repeat_n(number, runs));
    }
    shuffle(&mut order, options.seed);
    let mut samples: Vec<Vec<Sample>> = cases.iter().map(|_| Vec::new()).collect();
    for number in order {
        samples[number].push(once(&cases[number])?);
    }
    let figures = cases.iter().zip(samples).map(|(case, samples)| {
        let middle = |of: fn(&Sample) -> Duration| {
            let mut values: Vec<Duration> = samples.iter().map(of).collect();
            values.sort_unstable();
            values[values.len() / 2]
        };
        Ok(Figures {
            table: case.table,
            name: case.name.clone(),
            runs: samples.len(),
            median: middle(|sample| sample.wall),
            minimum: samples.iter().map(|sample| sample.wall).min().unwrap_or_default(),
            cpu: middle(|sample| sample.cpu),
            peak: peak(case)?,
        })
    });
    figures.collect()
}

struct Sample {
    wall: Duration,
    cpu: Duration,
}

/// Runs a case to its end.
fn once(case: &Case) -> Result<Sample> {
    let mut command = case.command();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let before = cpu_of_children()?;
    let begin = Instant::now();
    let status = command.spawn()?.wait()?;
    let wall = begin.elapsed();
    match status.success() {
        true => Ok(Sample { wall, cpu: cpu_of_children()?.saturating_sub(before) }),
        false => Err(format!("{}: {status}", case.name).into()),
    }
}

/// The CPU time of all children that were waited for. Nobody else here waits for one.
fn cpu_of_children() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = |time: TimeVal| u64::try_from(time.num_microseconds()).unwrap_or(0);
    Ok(Duration::from_micros(micros(usage.user_time()) + micros(usage.system_time())))
}

/// The most memory that a case holds, in KiB.
fn peak(case: &Case) -> Result<u64> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--peak-of").arg(&case.program).args(&case.args).env_clear().envs(&case.env);
    let line = tools::first_line(&mut command).ok_or_else(|| format!("{}: no peak", case.name))?;
    Ok(line.parse()?)
}

/// The small process in between: runs a command, then prints the most memory that it held.
pub fn print_peak(command: &[OsString]) -> Result<()> {
    let (program, args) = command.split_first().ok_or("no command")?;
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status()?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    // macOS counts bytes.
    let unit = if cfg!(target_os = "macos") { 1024 } else { 1 };
    println!("{}", usage.max_rss() / unit);
    match status.success() {
        true => Ok(()),
        false => Err(status.to_string().into()),
    }
}

/// The memory of the helper of `--refresh` while its command runs, in KiB; `None` where `/proc` does not show it.
pub fn helper_memory(ground: &Ground) -> Result<Option<u64>> {
    const SHOW: &str = "sleep 0.5; grep VmRSS: /proc/$ASSUME_ENV_HELPER/status";
    let mut command = Command::new(&ground.binary);
    command.args(["-q", "--refresh", "role", "--", "sh", "-c", SHOW]);
    command.env_clear().envs(ground.env(&ground.encrypted.url())).stdin(Stdio::null());
    let output = command.output()?;
    let text = String::from_utf8(output.stdout)?;
    Ok(text.split_ascii_whitespace().nth(1).and_then(|kibibytes| kibibytes.parse().ok()))
}

/// The instructions of those cases of which they are counted, where valgrind is at hand.
pub fn instructions(cases: &[Case]) -> Result<Option<Vec<Instructions>>> {
    let Some(valgrind) = tools::on_path("valgrind") else { return Ok(None) };
    let counted = cases.iter().filter(|case| case.counted).map(|case| {
        let mut command = Command::new(&valgrind);
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(&case.program);
        command.args(&case.args).env_clear().envs(&case.env).stdin(Stdio::null());
        let output = command.output()?;
        let words = String::from_utf8_lossy(&output.stderr);
        let count = words.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
        match count.filter(|_| output.status.success()) {
            Some(count) => Ok(Instructions { name: format!("{} ({:?})", case.name, case.table), count }),
            None => Err(format!("{} under valgrind: {words}", case.name).into()),
        }
    });
    print!("counting instructions");
    std::io::stdout().flush()?;
    let counted: Result<_> = counted.collect();
    println!();
    Ok(Some(counted?))
}

/// Fisher and Yates's shuffle by a splitmix64 generator, so that a seed gives the same order everywhere.
fn shuffle(order: &mut [usize], seed: u64) {
    let mut state = seed;
    for last in (1..order.len()).rev() {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bound = last as u64 + 1;
        order.swap(last, usize::try_from((mixed ^ (mixed >> 31)) % bound).unwrap_or(0));
    }
}
