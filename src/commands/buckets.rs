//! The output of `--buckets`: the bucket list, as `aws s3 ls` prints it or as JSON.

use serde_json::{Value, json};

use crate::aws::s3::Bucket;
use crate::common::{clock, text};

/// The layout of `aws s3 ls`: creation time in the user's time zone, name. No name can steer the terminal.
pub fn table(buckets: &[Bucket]) -> String {
    let line = |bucket: &Bucket| format!("{} {}\n", clock::local(bucket.created), text::clean(&bucket.name));
    buckets.iter().map(line).collect()
}

/// JSON with the members of `aws s3api list-buckets`.
pub fn json(buckets: &[Bucket]) -> String {
    let entry = |bucket: &Bucket| {
        let mut entry = json!({ "Name": bucket.name, "CreationDate": clock::utc(bucket.created) });
        if let Some(region) = &bucket.region {
            entry["BucketRegion"] = json!(region);
        }
        entry
    };
    let list: Vec<Value> = buckets.iter().map(entry).collect();
    text::json(&json!({ "Buckets": list }))
}
