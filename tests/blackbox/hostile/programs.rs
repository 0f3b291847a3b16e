//! Programs that print keys or codes: the checks of their output are as strict as those of a service's
//! answer.

use super::{VALUES, fails, run};
use crate::blackbox::harness::{Case, KEY_ID, SECRET};

const CONFIG: &str =
    "[profile s3]\nrole_arn = arn:aws:iam::123456789012:role/assumeS3Full\nsource_profile = p\n[profile p]\n";

/// A case in which the program of this key prints the file `printed`.
fn printing(case: Case, key: &str, text: impl AsRef<[u8]>) -> Case {
    case.file("printed", text);
    let program = format!("cat {}", case.path("printed").display());
    match key {
        "credential_process" => {
            case.credentials("").config(format!("{CONFIG}credential_process = {program}\n"))
        }
        key => {
            case.more_config(&format!("mfa_serial = arn:aws:iam::123456789012:mfa/base\n{key} = {program}\n"))
        }
    }
}

fn document(member: usize, value: &str) -> String {
    let good = ["AKIABASE000000000000", "base/secret+EXAMPLE", "", "2099-01-02T03:04:05Z"];
    let of = |at: usize| serde_json::json!(if at == member { value } else { good[at] }).to_string();
    format!(
        r#"{{"Version":1,"AccessKeyId":{},"SecretAccessKey":{},"SessionToken":{},"Expiration":{}}}"#,
        of(0),
        of(1),
        of(2),
        of(3)
    )
}

#[test]
fn a_valid_output_of_a_program_is_accepted() {
    let case = printing(Case::new(), "credential_process", document(9, ""));
    run(&case, &["s3"]).succeeded();
    assert_eq!(case.signers(), [KEY_ID]);
    assert!(document(9, "").contains(SECRET));
}

#[test]
fn no_key_of_a_program_runs_or_steers_anything() {
    for value in VALUES {
        for member in 0..4 {
            let case = printing(Case::new(), "credential_process", document(member, value));
            // An empty token means that there is none, as for long-lived keys. An empty expiry is not a time.
            if value.is_empty() && member == 2 {
                run(&case, &["s3"]).succeeded();
            } else {
                fails(&case, &["s3"]);
            }
        }
    }
}

#[test]
fn no_output_of_a_program_takes_too_much_memory() {
    for text in [
        b"\xff\xfe\x00".to_vec(),
        vec![0; 10_000],
        vec![0x1b; 60_000],
        "[".repeat(60_000).into_bytes(),
        "{\"a\":".repeat(12_000).into_bytes(),
        vec![b'A'; 10 << 20],
        b"<html>".to_vec(),
        Vec::new(),
    ] {
        for key in ["credential_process", "mfa_process"] {
            let case = printing(Case::new(), key, &text);
            fails(&case, &["s3"]).said(&["gave no"]);
            case.no_request_was_made();
        }
    }
}

#[test]
fn a_program_that_never_stops_printing_is_ended() {
    for key in ["credential_process", "mfa_process"] {
        let case = printing(Case::new(), key, "");
        let config = std::fs::read_to_string(case.path(".aws/config")).expect("it is there");
        let endless = config.replace(&format!("cat {}", case.path("printed").display()), "yes touch ran");
        fails(&case.config(endless), &["s3"]).said(&["it printed far too much"]);
    }
}

#[test]
fn no_code_of_a_program_runs_or_steers_anything() {
    for value in VALUES {
        let case = printing(Case::new(), "mfa_process", value);
        let outcome = fails(&case, &["s3"]);
        assert!(value.is_empty() || !outcome.stderr.contains("touch"), "{}", outcome.stderr);
        case.no_request_was_made();
    }
}
