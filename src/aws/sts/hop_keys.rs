//! The keys along the hops of a plan: first those of the source, then those of the last answer.

use time::OffsetDateTime;

use crate::aws::providers::SourceCredentials;
use crate::aws::sts::response::Answer;
use crate::common::arn::AssumedRole;
use crate::common::credentials::{Keys, TemporaryKeys};
use crate::plan::Plan;
use crate::session::Session;

/// The keys that sign the next call, or that are the session's after the last one.
pub(crate) enum HopKeys {
    /// The source's own; STS has not been asked yet.
    Source(SourceCredentials),
    /// Those of the last hop.
    Sts(Answer),
}

impl HopKeys {
    /// The keys that sign the next call.
    pub(crate) fn keys(&self) -> Keys {
        match self {
            Self::Source(credentials) => credentials.keys.clone(),
            Self::Sts(answer) => answer.keys.clone().into(),
        }
    }

    /// Whether these are temporary keys of the source, for which GetSessionToken is not needed.
    pub(crate) fn are_temporary_of_source(&self) -> bool {
        matches!(self, Self::Source(credentials) if credentials.keys.temporary())
    }

    /// The session with these keys.
    ///
    /// # Errors
    /// Keys of the source that cannot be a session's: what is wrong with them, in words that follow a colon.
    pub(crate) fn into_session(self, plan: &Plan) -> Result<Session, &'static str> {
        let (keys, expires, arn, account) = match self {
            Self::Sts(answer) => (answer.keys, Some(answer.expires), answer.arn, None),
            Self::Source(SourceCredentials { keys: Keys { id, secret, token }, expires, account }) => {
                let token =
                    token.ok_or("its keys are long-lived, and long-lived keys are not given to a command")?;
                let keys = TemporaryKeys { id, secret, token };
                if let Some(what) = keys.fault() {
                    return Err(what);
                }
                (keys, expires, None, account)
            }
        };
        Ok(Session {
            keys,
            expires: expires.map(whole_seconds),
            role_as_typed: plan.role_as_typed.clone(),
            account: account.or_else(|| plan.named_account().map(str::to_owned)),
            assumed: plan.role().map(|hop| AssumedRole {
                role: hop.role.value.clone(),
                session_name: hop.session_name.value.clone(),
            }),
            arn,
            narrowed: plan.restriction(),
            region: plan.region.as_ref().map(|region| region.value.clone()),
            source: plan.source_label(),
            source_id: plan.source_id(),
            settings: plan.session_settings(),
        })
    }
}

fn whole_seconds(time: OffsetDateTime) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(time.unix_timestamp()).unwrap_or(time)
}
