//! What is said about the names in `ASSUME_ENV_ALSO_SET` that a session does not set.

use crate::cli::Verbosity;
use crate::common::also_set::VARIABLE;
use crate::common::report::Report;
use crate::env::Environment;
use crate::sys::stderr;

/// Says which names do not get the role, and why.
pub(super) fn warn(env: &Environment, verbosity: Verbosity) {
    if verbosity.quiet {
        return;
    }
    let also = env.also_set();
    if !also.refused.is_empty() {
        let names = also.refused.join(" ");
        let report = Report::new(format!("{VARIABLE} contains a name that cannot be set: {names}")).hint(
            "a name consists of capitals, digits and at least one underscore, such as AWSUME_PROFILE, and is not a \
             name that AWS, assume-env or a shell reads",
        );
        stderr::print(&report.message());
    }
    for name in also.kept {
        stderr::print(
            &Report::new(format!("{name} has a value of your own and keeps it ({VARIABLE})")).message(),
        );
    }
}
