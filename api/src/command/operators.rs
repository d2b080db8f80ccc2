//! `steward create-operator` and `steward revoke-operator`.

use crate::command::{email, failed, print};
use secrecy::ExposeSecret;
use steward::{
    config::Settings,
    core::Origin,
    operators::{create_operator::CreateOperator, revoke_operator::RevokeOperator},
    startup::{self, StartError},
};

/// Makes somebody an operator, and prints the link by which they set their first password.
pub async fn create(settings: &Settings, text: &str) -> Result<(), StartError> {
    let email = email(text)?;
    let steward = startup::open(settings).await?;
    let action = CreateOperator { email: email.clone() };
    let created = steward.perform(&Origin::system(), action).await.map_err(failed)?;
    let Some(token) = created.reset_token else {
        return print(&format!("{email} is an operator now, and keeps the password that the account has.\n"));
    };
    let link = format!("{}password-reset/{}", settings.public_url, token.expose_secret());
    print(&format!("{email} is an operator now. This link sets the first password, once, within an hour:\n{link}\n"))
}

/// Takes an operator's powers back.
pub async fn revoke(settings: &Settings, text: &str) -> Result<(), StartError> {
    let email = email(text)?;
    let steward = startup::open(settings).await?;
    let action = RevokeOperator { email: email.clone() };
    steward.perform(&Origin::system(), action).await.map_err(failed)?;
    print(&format!("{email} is no operator any more.\n"))
}
