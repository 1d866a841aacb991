//! An application that uses the AWS SDK for Rust with its default settings and one client. It calls GetCallerIdentity for
//! each line of input.

use aws_config::BehaviorVersion;
use aws_sdk_sts::Client;
use aws_sdk_sts::error::DisplayErrorContext;
use std::io::{BufRead, stdin};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    for _ in stdin().lock().lines() {
        println!("{}", who_am_i(&client).await.split_whitespace().collect::<Vec<_>>().join(" "));
    }
}

async fn who_am_i(client: &Client) -> String {
    match client.get_caller_identity().send().await {
        Ok(identity) => identity.arn().unwrap_or_default().to_string(),
        Err(error) => DisplayErrorContext(error).to_string(),
    }
}
