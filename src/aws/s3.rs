//! The bucket list: all pages of S3's ListBuckets.

use std::time::Instant;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};

use crate::aws::service::{Service, ServiceError};
use crate::net::{self, NetError, NoPointlessRetry, ServiceFailure};
use crate::plan::Plan;
use crate::session::Session;

/// The number of buckets on a page of the list.
const PAGE: i32 = 1_000;

/// More buckets than an account can have by default. A longer list is from a service that never ends it.
const MOST: usize = 100_000;

/// A bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    /// Its name.
    pub name: String,
    /// When it was created, in epoch seconds (UTC).
    pub created: i64,
    /// Its region, if the answer has it.
    pub region: Option<String>,
}

/// Asks S3 for every bucket that the session may list.
///
/// # Errors
/// A refusal, something that is not an answer of S3, no answer.
pub(crate) async fn buckets(
    plan: &Plan,
    session: &Session,
    http: SharedHttpClient,
) -> Result<Vec<Bucket>, ServiceError> {
    let failed = |failure| ServiceError::of(Service::S3, &address(plan), "ListBuckets", failure);
    let keys = &session.keys;
    let token = Some(keys.token.expose().to_owned());
    let mut config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(plan.s3_region.clone()))
        .credentials_provider(Credentials::new(&keys.id, keys.secret.expose(), token, None, "assume-env"))
        .http_client(http)
        .retry_config(net::retries(plan.attempts))
        .retry_classifier(NoPointlessRetry)
        .timeout_config(net::timeouts());
    match &plan.s3_url {
        Some(url) => config = config.endpoint_url(&url.value),
        None => config = config.use_fips(plan.fips).use_dual_stack(plan.dual_stack),
    }
    let client = aws_sdk_s3::Client::from_conf(config.build());
    let mut pages = client.list_buckets().into_paginator().page_size(PAGE).send();
    let mut buckets: Vec<Bucket> = Vec::new();
    let started = Instant::now();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failed(net::failure_of(&error)))?;
        if buckets.len() > MOST || started.elapsed() > net::limits::WHOLE {
            return Err(failed(ServiceFailure::Net(NetError::WholeTimeout)));
        }
        buckets.extend(page.buckets.unwrap_or_default().into_iter().map(|bucket| Bucket {
            name: bucket.name.unwrap_or_default(),
            created: bucket.creation_date.map_or(0, |date| date.secs()),
            region: bucket.bucket_region,
        }));
    }
    Ok(buckets)
}

/// The address of S3, for messages; without a configured one, the region.
pub(crate) fn address(plan: &Plan) -> String {
    match &plan.s3_url {
        Some(url) => url.value.clone(),
        None => format!("S3 in {}", plan.s3_region),
    }
}
