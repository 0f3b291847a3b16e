//! Answers of STS, read by the SDK: the first byte chooses the status and the action, the rest is the body.
//!
//! Either the answer gives a session, and every shell reads exactly its keys from the printed text. Or it
//! gives a message that can be shown and does not contain the secret of the request.

use std::sync::{Arc, Mutex};

use assume_env::testing::aws::providers::Fetched;
use assume_env::testing::aws::sts::Sts;
use assume_env::testing::aws::sts::clock_skew::ClockSkew;
use assume_env::testing::cli;
use assume_env::testing::common::credentials::{Keys, Secret};
use assume_env::testing::common::origin::{Located, Origin};
use assume_env::testing::config::{Config, Files};
use assume_env::testing::env::Environment;
use assume_env::testing::mfa::{CodeSource, Mfa};
use assume_env::testing::plan::{self, Plan, PlanContext};
use assume_env::testing::session::Session;
use assume_env::testing::shell::Format;
use aws_sdk_sts::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use super::unquote;

const SECRET: &str = "planted/secret+0123456789";

pub fn check(input: &[u8]) -> bool {
    let Some((choice, body)) = input.split_first() else { return false };
    let status = [200, 400, 403, 500, 302][usize::from(choice % 5)];
    WORLD.with(|world| match choice / 5 % 3 {
        0 => world.assumes(&world.with_keys, status, body),
        1 => world.assumes(&world.with_token, status, body),
        _ => world.gets_mfa_session(status, body),
    })
}

thread_local! {
    static WORLD: World = World::new();
}

/// A service that gives one prepared answer.
#[derive(Clone, Debug, Default)]
struct Canned(Arc<Mutex<(u16, Vec<u8>)>>);

impl HttpClient for Canned {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Canned {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let (status, body) = self.0.lock().expect("no thread panicked with it").clone();
        let status = status.try_into().expect("it is in the list");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
    }
}

struct World {
    runtime: tokio::runtime::Runtime,
    canned: Canned,
    with_keys: (Plan, Fetched, Sts),
    with_token: (Plan, Fetched, Sts),
}

impl World {
    fn new() -> Self {
        let canned = Canned::default();
        let made = |vars: &[(&str, &str)], found| {
            let common = [("AWS_MAX_ATTEMPTS", "1"), ("AWS_REGION", "eu-central-1")];
            let vars = vars.iter().chain(&common).map(|(name, value)| (name.into(), value.into()));
            let env = Environment::new(vars).expect("the variables are text");
            let files = Files::default();
            let (config, _) = Config::of(&files);
            let request =
                cli::parse(&["arn:aws:iam::123456789012:role/r".into()]).expect("a valid command line");
            let around = PlanContext { default_name: "ann@laptop", now: 0, on_instance: || false };
            let plan =
                plan::plan(&request.session, false, &env, &config, &around).expect("a valid environment");
            let sts = Sts::new(&plan, SharedHttpClient::new(canned.clone()), ClockSkew::default());
            (plan, found, sts)
        };
        let keys = || Fetched::Credentials(keys().into());
        let in_environment =
            [("AWS_ACCESS_KEY_ID", "AKIAFAKE000000000000"), ("AWS_SECRET_ACCESS_KEY", SECRET)];
        Self {
            runtime: tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime"),
            with_keys: made(&in_environment, keys()),
            with_token: made(&in_environment, Fetched::Token(Secret::new(SECRET.into()))),
            canned,
        }
    }

    fn answers(&self, status: u16, body: &[u8]) {
        *self.canned.0.lock().expect("no thread panicked with it") = (status, body.to_vec());
    }

    fn assumes(&self, (plan, found, sts): &(Plan, Fetched, Sts), status: u16, body: &[u8]) -> bool {
        self.answers(status, body);
        match self.runtime.block_on(sts.session(plan, found.clone(), None)) {
            Ok(session) => {
                assert_eq!(status, 200);
                is_whole(&session);
                true
            }
            Err(error) => {
                assert!(!super::can_be_shown(error).contains(SECRET));
                false
            }
        }
    }

    fn gets_mfa_session(&self, status: u16, body: &[u8]) -> bool {
        self.answers(status, body);
        let (plan, _, sts) = &self.with_keys;
        let serial = Located::new("arn:aws:iam::123456789012:mfa/ann".to_owned(), Origin::Default);
        let mfa = Mfa { serial, code: CodeSource::Prompt };
        let code = Secret::new("123456".into());
        match self.runtime.block_on(sts.mfa_session(plan, &keys(), &mfa, &code)) {
            Ok(mfa_session) => {
                assert!(status == 200 && mfa_session.keys.fault().is_none());
                true
            }
            Err(error) => {
                assert!(!super::can_be_shown(error).contains(SECRET));
                false
            }
        }
    }
}

fn keys() -> Keys {
    Keys { id: "AKIAFAKE000000000000".into(), secret: Secret::new(SECRET.into()), token: None }
}

/// The printed text of each dialect gives the session's keys and nothing else.
fn is_whole(session: &Session) {
    assert!(session.keys.fault().is_none());
    let expires = session.expires.expect("STS gives an expiry");
    assert!(expires.year() <= 9999 && expires.nanosecond() == 0, "{expires}");
    let env = Environment::new(std::iter::empty()).expect("it is empty");
    for format in Format::all() {
        let name = format.name();
        let Ok(text) = format.render(&session.changes(&env)) else {
            // Some readers of a dotenv file take this byte as the start of a comment.
            let has_hash =
                [&session.keys.secret, &session.keys.token].iter().any(|key| key.expose().contains('#'));
            assert!(name == "dotenv" && has_hash, "{name} cannot hold a session");
            continue;
        };
        let read = unquote::read(format, &text).unwrap_or_else(|| panic!("{name}: {:?}", &**text));
        let got = |name: &str| read.get(name).and_then(Option::as_deref);
        assert_eq!(got("AWS_ACCESS_KEY_ID"), Some(&*session.keys.id));
        assert_eq!(got("AWS_SECRET_ACCESS_KEY"), Some(session.keys.secret.expose()));
        assert_eq!(got("AWS_SESSION_TOKEN"), Some(session.keys.token.expose()));
        assert!(text.is_ascii(), "{name}: {:?}", &**text);
    }
}
