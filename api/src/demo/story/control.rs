//! Control takes effect, and what it is good for.

use super::{
    MARTA,
    claim::{PERMISSIONS, PROGRESS},
    nobody,
    proof::expect,
};
use crate::{
    demo::{
        company::{ACCEPTS, OWNER},
        stage::{Stage, unexpected},
    },
    startup::StartError,
};
use chrono::TimeDelta;

pub async fn play(stage: &mut Stage) -> Result<(), StartError> {
    stage.pass(TimeDelta::days(14)).await?;
    stage.printer.heading("6. Control takes effect")?;
    stage.printer.say(&format!(
        "Two weeks later: {}. The date has come, and workers did what was announced: each account passed under \
         control, its sessions and open links ended, and its person was told. Marta is one of them, and signs in \
         again.",
        stage.now()
    ));
    stage.names.keep("password", "String!", OWNER.password);
    let mutation = format!("signIn(input: {{ email: \"{}\", password: $password }}) {{ token }}", OWNER.email);
    let answer = stage.quietly(nobody("Marta"), &mutation).await?;
    stage.names.keep(MARTA.credential, "String!", answer.at("token").text());
    stage.names.learn();
    let progress = stage.ask(MARTA, PROGRESS, &[]).await?;
    expect(&progress, "claim.counts.inEffect", "987")?;
    expect(&progress, "claim.counts.pending", "1")?;
    stage.printer.say("987 in effect, Tomas moved away, and Viktor still has to be told. Ada's account once more:");
    let after = stage.ask(MARTA, PERMISSIONS, &[]).await?;
    if after.at("account.viewerPermissions").items().iter().any(|told| told.at("reason").text() == "NOT_MANAGED") {
        return Err(unexpected("control without its powers"));
    }
    stage
        .printer
        .say("Rosa's laptop was stolen, with her password in it. Marta finds her, and makes the old one worthless.");
    let query = "organization(id: $organization) {\n  accounts(filter: { managed: true, emailPrefix: \"rosa.lind\" }) {\n    \
                 nodes { id email displayName access managedAt }\n  }\n}";
    stage.ask(MARTA, query, &[]).await?;
    let mutation = "requirePasswordReset(input: {\n  organizationId: $organization\n  accountId: $rosa\n  \
                    reason: \"Your laptop was stolen.\"\n}) { passwordForgotten }";
    stage.change(MARTA, mutation, &[]).await?;
    stage.work().await?;
    let letter = stage.letter(ACCEPTS.email, "password-reset", "resetLink")?;
    stage.read(&letter, 0..4);
    stage.printer.say("Marta never learns the new password: only Rosa's mailbox has the link.");
    Ok(())
}
