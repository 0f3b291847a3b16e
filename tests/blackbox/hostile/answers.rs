//! Hostile documents from every service that gives out keys or names.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use assume_env::testing::shell::Format;

use super::liar::{Liar, Lie, answer};
use super::{VALUES, fails, harmless, run};
use crate::blackbox::harness::{Case, LOSSY, POSIX_SHELLS, canned_session, without_loss};
use crate::support::{Fault, TokenFile};

/// A request whose answer is a document from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    AssumeRole,
    WebIdentity,
    SessionToken,
    CallerIdentity,
    Portal,
    Refresh,
    MetadataToken,
    MetadataRole,
    Metadata,
    Container,
    Buckets,
}

pub(super) const STAGES: [Stage; 11] = [
    Stage::AssumeRole,
    Stage::WebIdentity,
    Stage::SessionToken,
    Stage::CallerIdentity,
    Stage::Portal,
    Stage::Refresh,
    Stage::MetadataToken,
    Stage::MetadataRole,
    Stage::Metadata,
    Stage::Container,
    Stage::Buckets,
];

const CONFIG: &str = "[profile s3]
role_arn = arn:aws:iam::123456789012:role/assumeS3Full
source_profile = base
[profile token]
role_arn = arn:aws:iam::123456789012:role/assumeS3Full
web_identity_token_file = token
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
[profile sso]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Dev
[profile instance]
role_arn = arn:aws:iam::123456789012:role/assumeS3Full
credential_source = Ec2InstanceMetadata
[profile container]
role_arn = arn:aws:iam::123456789012:role/assumeS3Full
credential_source = EcsContainer
";

/// The member number that replaces no member of a document.
const RIGHT: usize = usize::MAX;

impl Stage {
    pub(super) fn args(self) -> &'static [&'static str] {
        match self {
            Self::AssumeRole => &["s3"],
            Self::WebIdentity => &["token"],
            Self::SessionToken => &["base"],
            Self::CallerIdentity => &["--whoami", "s3"],
            Self::Portal | Self::Refresh => &["sso"],
            Self::MetadataToken | Self::MetadataRole | Self::Metadata => &["instance"],
            Self::Container => &["container"],
            Self::Buckets => &["--buckets", "s3"],
        }
    }

    /// The stage that a request is for; none for a request of STS, whose head does not name the action.
    pub(super) fn of(head: &str) -> Option<Self> {
        let path = head.split(' ').nth(1).unwrap_or_default();
        Some(match path {
            "/token" => Self::Refresh,
            "/latest/api/token" => Self::MetadataToken,
            "/latest/meta-data/iam/security-credentials/" => Self::MetadataRole,
            "/creds" => Self::Container,
            _ if path.starts_with("/latest/") => Self::Metadata,
            _ if path.starts_with("/federation/") => Self::Portal,
            _ if head.starts_with("GET ") => Self::Buckets,
            _ => return None,
        })
    }

    /// Whether the document is XML, as STS and S3 write it.
    pub(super) fn is_xml(self) -> bool {
        matches!(
            self,
            Self::AssumeRole | Self::WebIdentity | Self::SessionToken | Self::CallerIdentity | Self::Buckets
        )
    }

    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::MetadataToken | Self::MetadataRole => "text/plain",
            _ if self.is_xml() => "text/xml",
            _ => "application/json",
        }
    }

    /// The valid document, except for one member; none if it has no such member.
    fn document(self, member: usize, value: &str) -> Option<String> {
        let lacks = |members| member >= members && member != RIGHT;
        let good =
            ["ASIACANNED0000000000", "TEST/secret+canned", "TEST//token+canned==", "2099-01-02T03:04:05Z"];
        let escaped = if self.is_xml() { in_xml(value) } else { serde_json::json!(value).to_string() };
        let of = |at: usize| match (at == member, self.is_xml()) {
            (true, _) => escaped.clone(),
            (false, true) => good[at].to_owned(),
            (false, false) => format!("\"{}\"", good[at]),
        };
        let [id, secret, token, expiry] = [0, 1, 2, 3].map(of);
        let credentials = format!(
            "<Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
             <SessionToken>{token}</SessionToken><Expiration>{expiry}</Expiration></Credentials>"
        );
        let arn = match member {
            4 => escaped.clone(),
            _ => "arn:aws:sts::123456789012:assumed-role/assumeS3Full/me".into(),
        };
        let user =
            format!("<AssumedRoleUser><AssumedRoleId>A:me</AssumedRoleId><Arn>{arn}</Arn></AssumedRoleUser>");
        let wrapped = |action: &str, inside: &str| {
            format!("<{action}Response><{action}Result>{inside}</{action}Result></{action}Response>")
        };
        Some(match self {
            Self::AssumeRole => wrapped("AssumeRole", &format!("{user}{credentials}")),
            Self::WebIdentity => wrapped("AssumeRoleWithWebIdentity", &format!("{user}{credentials}")),
            Self::SessionToken if lacks(4) => return None,
            Self::SessionToken => wrapped("GetSessionToken", &credentials),
            Self::CallerIdentity if lacks(3) => return None,
            Self::CallerIdentity => wrapped(
                "GetCallerIdentity",
                &format!("<Arn>{id}</Arn><UserId>{secret}</UserId><Account>{token}</Account>"),
            ),
            Self::Portal if lacks(3) => return None,
            Self::Portal => format!(
                r#"{{"roleCredentials":{{"accessKeyId":{id},"secretAccessKey":{secret},"sessionToken":{token},"expiration":4070919845000}}}}"#
            ),
            Self::Refresh if lacks(1) => return None,
            Self::Refresh => format!(r#"{{"accessToken":{id},"tokenType":"Bearer","expiresIn":3600}}"#),
            Self::MetadataToken | Self::MetadataRole if lacks(1) => return None,
            Self::MetadataToken | Self::MetadataRole => value.to_owned(),
            Self::Metadata if lacks(4) => return None,
            Self::Metadata => format!(
                r#"{{"Code":"Success","AccessKeyId":{id},"SecretAccessKey":{secret},"Token":{token},"Expiration":{expiry}}}"#
            ),
            Self::Container if lacks(4) => return None,
            Self::Container => {
                format!(
                    r#"{{"AccessKeyId":{id},"SecretAccessKey":{secret},"Token":{token},"Expiration":{expiry}}}"#
                )
            }
            Self::Buckets if lacks(1) => return None,
            Self::Buckets => format!(
                "<ListAllMyBucketsResult><Buckets><Bucket><Name>{escaped}</Name>\
                 <CreationDate>2026-01-02T03:04:05Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>"
            ),
        })
    }

    /// A refusal in the service's own form.
    pub(super) fn refusal(self, code: &str, message: &str) -> Vec<u8> {
        let json = |text: &str| serde_json::json!(text).to_string();
        let (xml_code, xml_message) = (in_xml(code), in_xml(message));
        let body = match self {
            Self::Buckets => {
                format!("<Error><Code>{xml_code}</Code><Message>{xml_message}</Message></Error>")
            }
            _ if self.is_xml() => format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{xml_code}</Code><Message>{xml_message}</Message></Error></ErrorResponse>"
            ),
            _ => format!(
                r#"{{"__type":{},"code":{0},"message":{},"error":{0},"error_description":{1}}}"#,
                json(code),
                json(message)
            ),
        };
        answer(403, self.kind(), body)
    }

    /// A case in which this stage answers with these bytes and the stages before it give valid answers.
    fn answered(self, bytes: Vec<u8>) -> (Case, Liar) {
        let before = AtomicUsize::new(0);
        let liar = Liar::new(move |head| {
            let asked = Self::of(head);
            let right = match asked {
                Some(stage) if stage != self => stage.right(),
                // A request of STS; there can be two.
                None if matches!(self, Self::CallerIdentity | Self::Buckets)
                    && before.fetch_add(1, Ordering::SeqCst) == 0 =>
                {
                    Self::AssumeRole.right()
                }
                None if !self.is_xml() => Self::AssumeRole.refusal("AccessDenied", "no"),
                _ => bytes.clone(),
            };
            Lie::Bytes(right)
        });
        (self.case(&liar), liar)
    }

    pub(super) fn right(self) -> Vec<u8> {
        let Fault::Status { body, .. } = canned_session() else { unreachable!("it is an answer") };
        let body = match self {
            Self::AssumeRole => body,
            Self::MetadataToken => "TOKEN".into(),
            Self::MetadataRole => "role".into(),
            Self::Refresh => self.document(0, "TEST//token+refreshed").expect("it has one"),
            _ => self.document(RIGHT, "").expect("it has one"),
        };
        let mut bytes = answer(200, self.kind(), body);
        if self == Self::MetadataToken {
            let head = "HTTP/1.1 200 OK\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\n";
            bytes.splice(.."HTTP/1.1 200 Status\r\n".len(), head.bytes());
        }
        bytes
    }

    pub(super) fn case(self, liar: &Liar) -> Case {
        let url = liar.url();
        let case = Case::new()
            .config(CONFIG)
            .var("AWS_MAX_ATTEMPTS", "1")
            .var("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "1")
            .var("AWS_ENDPOINT_URL", &url)
            .var("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)
            .var("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{url}/creds"));
        case.file("token", "aaaa.bbbb.cccc");
        let token = TokenFile::new("https://corp.awsapps.com/start", "us-east-1", "TEST//token+bearer");
        let token = match self {
            Self::Refresh => {
                token.expires_in(-60).refresh("client", "TEST/secret+client", 3600, "TEST//token+refresh")
            }
            _ => token,
        };
        token.write(case.path(""), "corp");
        case
    }
}

/// A text for XML. A character that XML does not allow is written as its number.
fn in_xml(text: &str) -> String {
    let escaped = |c: char| match c {
        '<' | '>' | '&' | '\'' | '"' => format!("&#{};", u32::from(c)),
        c if c.is_control() => format!("&#{};", u32::from(c)),
        c => c.to_string(),
    };
    text.chars().map(escaped).collect()
}

/// The control for the tests below: the program reaches each stage, and accepts valid answers.
#[test]
fn a_valid_answer_of_each_service_is_accepted() {
    for stage in STAGES {
        let (case, liar) = stage.answered(stage.right());
        let outcome = run(&case, stage.args());
        let asked = liar.heads().iter().any(|head| Stage::of(head) == Some(stage)) || stage.is_xml();
        assert!(asked, "{stage:?}: {:?}", liar.heads());
        // The program sends these keys to STS, which refuses here.
        let chained = stage.args() == ["instance"] || stage.args() == ["container"];
        assert_eq!(outcome.status.success(), !chained, "{stage:?}: {}", outcome.stderr);
        if chained {
            outcome.said(&["AccessDenied: no"]);
        }
    }
}

#[test]
fn no_value_of_a_document_runs_or_steers_anything() {
    let formats = ["sh", "fish", "csh", "elvish", "nu", "xonsh", "pwsh", "json", "dotenv"];
    let mut texts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut tried = 0;
    for stage in STAGES {
        for (value, member) in VALUES.iter().flat_map(|value| (0..5).map(move |member| (value, member))) {
            let Some(document) = stage.document(member, value) else { continue };
            let (case, _liar) = stage.answered(answer(200, stage.kind(), document));
            tried += 1;
            let format = formats[tried % formats.len()];
            let mut args = stage.args().to_vec();
            if !args[0].starts_with("--") {
                args.extend(["-f", format]);
            }
            // --whoami and --buckets show the value without its control characters, and only the portal can
            // judge a bearer token. Every other value is refused.
            if matches!(stage, Stage::CallerIdentity | Stage::Buckets | Stage::Refresh) {
                run(&case, &args);
                continue;
            }
            let outcome = fails(&case, &args);
            texts.entry(format).or_default().push(outcome.out().to_owned());
        }
    }
    harmless(tried, &format!("values in the documents of {} services", STAGES.len()));
    assert!(tried > 300 && texts.len() == formats.len());
}

#[test]
fn no_refusal_runs_or_steers_anything() {
    let (mut tried, mut shown) = (0, 0);
    for stage in STAGES {
        for value in VALUES {
            // A code that is not valid has the same effect for every service.
            let codes = [("AccessDenied", value), (value, "no")];
            let some = if stage == Stage::AssumeRole { 2 } else { 1 };
            for (code, message) in codes.into_iter().take(some) {
                let (case, _liar) = stage.answered(stage.refusal(code, message));
                let outcome = fails(&case, stage.args());
                shown += usize::from(outcome.stderr.contains("\\u{1b}"));
                tried += 1;
            }
        }
    }
    harmless(tried, "refusals");
    assert!(shown >= 4, "a message of a service shows an escape sequence as its number: {shown}");
}

/// Bodies that are not documents, and documents that are far too large.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let lol = |text: &str| {
        let mut bomb = String::from("<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol0 \"lol\">");
        for i in 1..12 {
            bomb.push_str(&format!("<!ENTITY lol{i} \"{}\">", format!("&lol{};", i - 1).repeat(10)));
        }
        format!("{bomb}]>{}", text.replace("ASIACANNED0000000000", "&lol11;"))
    };
    let good = Stage::AssumeRole.document(RIGHT, "").expect("it has one");
    let outside = good.replace("ASIACANNED0000000000", "&x;");
    let long = "A".repeat(10 << 20);
    vec![
        ("nothing", Vec::new()),
        (
            "a page",
            b"<!DOCTYPE html><html><head><meta http-equiv=refresh></head><body>Sign in</body></html>".into(),
        ),
        ("bytes that are not text", (0..=255).cycle().take(4096).collect()),
        ("UTF-16", good.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("entities of entities", lol(&good).into_bytes()),
        (
            "an entity from a file",
            format!(
                "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{outside}"
            )
            .into_bytes(),
        ),
        ("an undefined entity", outside.into_bytes()),
        ("a long key id", good.replace("ASIACANNED0000000000", &long).into_bytes()),
        ("a long name of an element", good.replace("AccessKeyId", &long).into_bytes()),
        (
            "a long attribute",
            good.replace("<Credentials>", &format!("<Credentials a=\"{long}\">")).into_bytes(),
        ),
        ("many elements", "<a>".repeat(3 << 20).into_bytes()),
        ("deep elements", "<a>".repeat(100_000).into_bytes()),
        ("deep lists", "[".repeat(200_000).into_bytes()),
        ("deep objects", "{\"a\":".repeat(100_000).into_bytes()),
        ("many members", format!("{{{}\"a\":1}}", "\"a\":1,".repeat(1 << 20)).into_bytes()),
        ("a long text in JSON", format!("{{\"AccessKeyId\":\"{long}\"}}").into_bytes()),
        ("a number without end", "1".repeat(900_000).into_bytes()),
        ("half a document", good.as_bytes()[..good.len() / 2].into()),
        ("NULs", vec![0; 70_000]),
    ]
}

#[test]
fn no_body_takes_too_much_memory() {
    let mut tried = 0;
    for (name, body) in bodies() {
        for stage in STAGES {
            let status = [200, 403][tried % 2];
            let (case, _liar) = stage.answered(answer(status, stage.kind(), &body));
            let outcome = run(&case, stage.args());
            assert_eq!(outcome.status.code(), Some(1), "{name} {stage:?} {status}: {}", outcome.out());
            assert_eq!(outcome.out(), super::failing_text(stage.args()), "{name} {stage:?} {status}");
            tried += 1;
        }
    }
    harmless(tried, "bodies of answers");
}

/// CDATA, entities and comments do not get around the checks.
#[test]
fn a_key_is_checked_in_every_form_of_xml() {
    let good = Stage::AssumeRole.document(RIGHT, "").expect("it has one");
    for (written, accepted) in [
        ("<![CDATA[ASIACANNED0000000000]]>", true),
        ("&#65;SIACANNED0000000000", true),
        ("<!-- x -->ASIACANNED0000000000", true),
        ("<![CDATA[$(touch${IFS}ran)000]]>", false),
        ("&#36;(touch&#36;{IFS}ran)000", false),
        ("&#x60;touch&#x24;IFS&#x60;ran00000", false),
        ("ASIACANNED0000000000<AccessKeyId>$(touch ran)</AccessKeyId>", false),
        ("ASIACANNED0000000000</AccessKeyId><AccessKeyId>$(touch${IFS}ran)", false),
        ("&#0;ASIACANNED0000000000", false),
    ] {
        let body = good.replace("ASIACANNED0000000000", written);
        let (case, _liar) = Stage::AssumeRole.answered(answer(200, "text/xml", body));
        let outcome = run(&case, &["s3"]);
        match outcome.status.success() {
            true => {
                assert!(accepted || !written.starts_with(['$', '<', '&']), "{written} was accepted");
                assert!(
                    outcome.out().contains("AWS_ACCESS_KEY_ID='ASIACANNED0000000000'"),
                    "{}",
                    outcome.out()
                );
            }
            // XML that the parser does not accept is refused too.
            false => assert_eq!(outcome.out(), "(exit 1);\n", "{written}"),
        }
        for shell in POSIX_SHELLS {
            case.shell(shell, r#"eval "$(assume-env s3)" 2>/dev/null; :"#);
            assert!(!case.path("ran").exists(), "{shell}: {written}");
        }
    }
}

/// Each shell evaluates the printed text: first a planted one as the control, then those of failures.
/// `dialects` has the test of a role with a hostile name.
#[test]
fn nothing_runs_in_any_shell() {
    let shells: [(&str, &str); 8] = [
        ("bash", "sh"),
        ("zsh", "sh"),
        ("dash", "sh"),
        ("ksh", "sh"),
        ("fish", "fish"),
        ("tcsh -f", "csh"),
        ("elvish -norc", "elvish"),
        (LOSSY, "xonsh"),
    ];
    for (shell, format) in shells {
        let line = |program: &str| {
            let typed = Format::parse(format).and_then(|f| f.eval_line("s3")).expect("a shell evaluates it");
            let typed = typed.replace("assume-env", program);
            match shell == LOSSY {
                true => without_loss(&format!("{program} -f {format} s3")),
                false => typed,
            }
        };
        let control = Case::new();
        let text = match format {
            "elvish" => "e:touch ran",
            "xonsh" => "__import__('os').system('touch ran')",
            _ => "touch ran;",
        };
        control.program("planted", &format!("#!/bin/sh\ncat <<'EOF'\n{text}\nEOF\n"));
        let path = control.path("planted").display().to_string();
        control.shell(shell, &line(&path));
        assert!(control.path("ran").exists(), "{shell}: the control did not run");

        for value in VALUES {
            let document = Stage::AssumeRole.document(0, value).expect("it has one");
            let (case, _liar) = Stage::AssumeRole.answered(answer(200, "text/xml", document));
            let reached = if format == "csh" { " && touch reached" } else { "\ntouch reached" };
            let script = match shell {
                "bash" | "zsh" | "dash" | "ksh" => format!("{} && touch reached", line("assume-env")),
                "fish" => format!("{}; and touch reached", line("assume-env")),
                _ => format!("{}{reached}", line("assume-env")),
            };
            case.shell(shell, &script);
            assert!(!case.path("ran").exists(), "{shell}: {value:?} ran");
            assert!(!case.path("reached").exists(), "{shell}: {value:?} counted as a success");
        }
    }
}
