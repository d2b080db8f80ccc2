//! What people do with their own account.

use crate::{
    every_mutation::stage::{Attempt, Stage, nothing},
    left_behind::link,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use steward_entities::{
    id::{EmailChangeId, NoticeId, SessionId},
    kinds::TokenPurpose,
    notice,
};
use steward_tests::{Somebody, seed::PASSWORD};

const NEW_PASSWORD: &str = "meadow copper winter thimble";

pub async fn sign_up(stage: &Stage<'_>) -> Attempt {
    Attempt::new(json!({ "email": stage.address("people.test"), "displayName": "Ana" }))
}

pub async fn complete_sign_up(stage: &Stage<'_>) -> Attempt {
    let email = stage.address("people.test");
    stage.app.nobody().done("signUp", json!({ "email": email, "displayName": "Ana" }), "").await;
    stage.app.run_jobs().await;
    let token = link(stage.app, TokenPurpose::SignUp, &email).await;
    Attempt::new(json!({ "token": token, "password": NEW_PASSWORD }))
        .or_absent(json!({ "token": "nothing", "password": NEW_PASSWORD }))
}

pub async fn sign_in(stage: &Stage<'_>) -> Attempt {
    let email = stage.address("people.test");
    stage.app.account(&email).await;
    Attempt::new(json!({ "email": email, "password": PASSWORD }))
}

pub async fn sign_out(stage: &Stage<'_>) -> Attempt {
    Attempt::new(json!({})).by(&stage.person().await.client)
}

pub async fn reauthenticate(stage: &Stage<'_>) -> Attempt {
    Attempt::new(json!({ "password": PASSWORD })).by(&stage.person().await.client)
}

pub async fn request_password_reset(stage: &Stage<'_>) -> Attempt {
    Attempt::new(json!({ "email": stage.person().await.email }))
}

pub async fn reset_password(stage: &Stage<'_>) -> Attempt {
    let person = stage.person().await;
    stage.app.nobody().done("requestPasswordReset", json!({ "email": person.email }), "").await;
    stage.app.run_jobs().await;
    let token = link(stage.app, TokenPurpose::PasswordReset, &person.email).await;
    Attempt::new(json!({ "token": token, "newPassword": NEW_PASSWORD }))
        .or_absent(json!({ "token": "nothing", "newPassword": NEW_PASSWORD }))
}

pub async fn change_password(stage: &Stage<'_>) -> Attempt {
    let input = json!({ "currentPassword": PASSWORD, "newPassword": NEW_PASSWORD });
    Attempt::new(input).by(&stage.person().await.client)
}

pub async fn revoke_session(stage: &Stage<'_>) -> Attempt {
    let person = stage.person().await;
    let other = stage.app.signed_in(person.id, &person.email).await;
    Attempt::new(json!({ "sessionId": other.session }))
        .or_absent(json!({ "sessionId": nothing::<SessionId>() }))
        .by(&person.client)
}

pub async fn update_my_profile(stage: &Stage<'_>) -> Attempt {
    Attempt::new(json!({ "jobTitle": "Designer" })).by(&stage.person().await.client)
}

pub async fn request_email_change(stage: &Stage<'_>) -> Attempt {
    Attempt::new(json!({ "newEmail": stage.address("home.test") })).by(&stage.person().await.client)
}

/// Somebody who has asked for another address: they, the address, the change.
async fn changing(stage: &Stage<'_>) -> (Somebody, String, Value) {
    let (person, new) = (stage.person().await, stage.address("home.test"));
    let asked = person.client.done("requestEmailChange", json!({ "newEmail": new }), "emailChangeId").await;
    (person, new, asked["emailChangeId"].clone())
}

pub async fn confirm_email_change(stage: &Stage<'_>) -> Attempt {
    let (_, new, _) = changing(stage).await;
    let token = link(stage.app, TokenPurpose::EmailChange, &new).await;
    Attempt::new(json!({ "token": token })).or_absent(json!({ "token": "nothing" }))
}

pub async fn cancel_email_change(stage: &Stage<'_>) -> Attempt {
    let (person, _, change) = changing(stage).await;
    Attempt::new(json!({ "emailChangeId": change }))
        .or_absent(json!({ "emailChangeId": nothing::<EmailChangeId>() }))
        .by(&person.client)
}

pub async fn deactivate_my_account(stage: &Stage<'_>) -> Attempt {
    Attempt::new(json!({ "confirm": true })).by(&stage.person().await.client)
}

pub async fn reactivate_my_account(stage: &Stage<'_>) -> Attempt {
    let person = stage.person().await;
    person.client.done("deactivateMyAccount", json!({ "confirm": true }), "").await;
    Attempt::new(json!({ "confirm": true })).by(&person.client)
}

pub async fn delete_my_account(stage: &Stage<'_>) -> Attempt {
    Attempt::new(json!({ "graceDays": 14 })).by(&stage.person().await.client)
}

pub async fn cancel_my_account_deletion(stage: &Stage<'_>) -> Attempt {
    let person = stage.person().await;
    person.client.done("deleteMyAccount", json!({ "graceDays": 14 }), "").await;
    Attempt::new(json!({ "confirm": true })).by(&person.client)
}

pub async fn acknowledge_notice(stage: &Stage<'_>) -> Attempt {
    let (person, ..) = changing(stage).await;
    let told = notice::Entity::find().filter(notice::Column::AccountId.eq(person.id)).one(&stage.app.database).await;
    Attempt::new(json!({ "noticeId": told.unwrap().unwrap().id }))
        .or_absent(json!({ "noticeId": nothing::<NoticeId>() }))
        .by(&person.client)
}
