//! What people do with a notice: read it, move away, accept.

use super::{MARTA, ROSA, TOMAS, claim::PROGRESS, nobody, proof::expect};
use crate::{
    demo::{
        company::{ACCEPTS, MOVES, PRIVATE_ADDRESS, Person, READS},
        stage::{Sender, Stage},
    },
    startup::StartError,
};
use chrono::TimeDelta;

pub async fn play(stage: &mut Stage) -> Result<(), StartError> {
    stage.pass(TimeDelta::days(1)).await?;
    stage.printer.heading("5. What people do")?;
    stage.printer.say(&format!("The next day: {}. Ada opens her mail.", stage.now()));
    let letter = stage.letter(READS.email, "notices", "noticeLink")?;
    stage.read(&letter, 0..8);
    stage.printer.say(
        "The mail goes on with what administrators will be able to do, and whom to ask. Its link opens the notice as a \
         page with a button that says “I have read this”. The button does the same as:",
    );
    let mutation = "acknowledgeNotice(input: { token: $noticeLink }) {\n  notice { kind acknowledgedAt }\n}";
    stage.change(nobody("Ada, by the link"), mutation, &[]).await?;
    stage.printer.say("That accepts nothing. Ada is content, and does nothing more.");

    moves_away(stage).await?;
    accepts(stage).await?;
    stage.printer.say("Marta sees it in the claim.");
    let progress = stage.ask(MARTA, PROGRESS, &[]).await?;
    expect(&progress, "claim.counts.avoided", "1")?;
    expect(&progress, "claim.counts.inEffect", "1")
}

async fn moves_away(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.say(
        "Tomas has used his account for private things for years, and wants to keep it. He was imported without a \
         password, so he asks for a link to set one.",
    );
    let mutation = "requestPasswordReset(input: { email: \"tomas.berg@fernwhistle.example\" }) {\n  accepted\n}";
    stage.change(nobody("Tomas"), mutation, &[]).await?;
    sign_in(stage, MOVES, TOMAS).await?;
    stage
        .printer
        .say("With the mailed link he sets a password, and signs in. He sees who wants to manage his account:");
    let query =
        "viewer {\n  controlAssertions {\n    nodes { organizationName domainName status takesEffectAt }\n  }\n}";
    stage.ask(TOMAS, query, &[]).await?;
    stage.printer.say("He names a private address. It counts once he has opened the link that is mailed there.");
    let mutation = "requestEmailChange(input: { newEmail: \"tomas@berg-family.example\" }) {\n  emailChangeId\n}";
    stage.change(TOMAS, mutation, &[]).await?;
    stage.work().await?;
    let letter = stage.letter(PRIVATE_ADDRESS, "email-change", "changeLink")?;
    stage.read(&letter, 0..2);
    let mutation = "confirmEmailChange(input: { token: $changeLink }) { confirmed }";
    stage.change(nobody("Tomas, by the link"), mutation, &[]).await?;
    stage.work().await?;
    stage.printer.say("The account is his alone. Fernwhistle's claim to it has ended, and can't come back.");
    Ok(())
}

async fn accepts(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.say(
        "Rosa doesn't want to wait. She sets a password and signs in as Tomas did, looks for the assertion, and \
         accepts it.",
    );
    let mutation = "requestPasswordReset(input: { email: \"rosa.lindqvist@fernwhistle.example\" }) { accepted }";
    stage.quietly(nobody("Rosa"), mutation).await?;
    sign_in(stage, ACCEPTS, ROSA).await?;
    let query = "viewer {\n  account { id }\n  controlAssertions { nodes { id organizationName status } }\n}";
    let keep = [("rosa", "viewer.account.id"), ("assertion", "viewer.controlAssertions.nodes.0.id")];
    stage.ask(ROSA, query, &keep).await?;
    let mutation = "acceptControl(input: { controlAssertionId: $assertion }) {\n  controlAssertionId\n}";
    stage.change(ROSA, mutation, &[]).await?;
    stage.work().await?;
    stage.printer.say("From this moment Fernwhistle manages her account. All her sessions have ended, this one too.");
    Ok(())
}

/// Sets a password by the link that was just asked for, and signs in with it.
async fn sign_in(stage: &mut Stage, person: Person, sender: Sender) -> Result<(), StartError> {
    stage.work().await?;
    stage.letter(person.email, "password-reset", "resetLink")?;
    stage.names.keep("password", "String!", person.password);
    let somebody = nobody(person.name);
    stage.quietly(somebody, "resetPassword(input: { token: $resetLink, newPassword: $password }) { changed }").await?;
    let mutation = format!("signIn(input: {{ email: \"{}\", password: $password }}) {{ token }}", person.email);
    let answer = stage.quietly(somebody, &mutation).await?;
    stage.names.keep(sender.credential, "String!", answer.at("token").text());
    stage.names.learn();
    Ok(())
}
