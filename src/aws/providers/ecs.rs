//! The credentials of the container: a task of ECS, or a pod with EKS Pod Identity.
//!
//! The SDK's own provider reads `AWS_CONTAINER_*` and checks the address. Follows the AWS SDKs and Tools
//! Reference ("Container credential provider").

use std::io;

use aws_config::ecs::EcsCredentialsProvider;
use aws_sdk_sts::config::ProvideCredentials as _;
use time::OffsetDateTime;

use crate::aws::providers::error::{ContainerProblem, Error};
use crate::aws::providers::fetched::SourceCredentials;
use crate::aws::providers::metadata::{self, SdkFailure};
use crate::common::credentials::{Keys, Secret};
use crate::plan::source::Container;

/// Fetches the credentials.
///
/// # Errors
/// An address that cannot be a container's, a refusal, no answer, an answer without usable keys.
pub(crate) async fn credentials(container: &Container) -> Result<SourceCredentials, Error> {
    let variable = container.variable;
    let provider = EcsCredentialsProvider::builder().configure(&metadata::provider_config()?).build();
    let found = match provider.provide_credentials().await {
        Ok(found) => found,
        Err(error) => return Err(Error::Container { variable, problem: problem_of(&error) }),
    };
    let keys = Keys {
        id: found.access_key_id().to_owned(),
        secret: Secret::new(found.secret_access_key().to_owned()),
        token: found.session_token().filter(|t| !t.is_empty()).map(|t| Secret::new(t.to_owned())),
    };
    let expires = found.expiry().map(OffsetDateTime::from);
    let account = found.account_id().map(|account| account.as_str().to_owned());
    metadata::checked(SourceCredentials { keys, expires, account })
        .map_err(|what| Error::Container { variable, problem: ContainerProblem::Credentials(what) })
}

/// The only file that the SDK's provider reads is that of the authorization token, and its error is the
/// provider's cause.
fn problem_of(error: &(dyn std::error::Error + 'static)) -> ContainerProblem {
    if let Some(error) = error.source().and_then(|cause| cause.downcast_ref::<io::Error>()) {
        return ContainerProblem::TokenFile(error.to_string());
    }
    match metadata::sdk_failure(error) {
        SdkFailure::Status(status) => ContainerProblem::Status(status),
        SdkFailure::NoAnswer(text) | SdkFailure::Other(text) => ContainerProblem::Other(text),
    }
}
