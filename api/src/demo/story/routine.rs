//! What administrators do day by day: a leaver, a new name, a department, and an account that is deleted.

use super::{MARTA, ROSA, nobody, proof::expect};
use crate::core::clock::Clock;
use crate::{
    demo::{
        company::{ACCEPTS, LEAVER},
        stage::Stage,
    },
    startup::StartError,
};
use chrono::{SecondsFormat, TimeDelta};

pub async fn play(stage: &mut Stage) -> Result<(), StartError> {
    stage.pass(TimeDelta::minutes(1)).await?;
    stage.printer.heading("7. Day by day")?;
    leaver(stage).await?;
    new_name(stage).await?;
    farewell(stage).await?;
    department(stage).await?;
    gone(stage).await
}

async fn leaver(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.say("Bruno leaves the company on Friday. Marta closes his account; nothing in it is deleted.");
    let query = "organization(id: $organization) {\n  accounts(filter: { emailPrefix: \"bruno.castell\" }) {\n    \
                 nodes { id displayName access }\n  }\n}";
    stage.ask(MARTA, query, &[("bruno", "organization.accounts.nodes.0.id")]).await?;
    let mutation = "suspendAccount(input: {\n  organizationId: $organization\n  accountId: $bruno\n  \
                    reason: \"Left the company.\"\n  message: \"Thank you for six good years, Bruno!\"\n}) {\n  \
                    account { access blocks { kind since message } }\n}";
    let suspended = stage.change(MARTA, mutation, &[]).await?;
    expect(&suspended, "account.access", "SUSPENDED")?;
    stage.work().await?;
    let letter = stage.newest(LEAVER.email)?;
    stage.read(&letter, 0..4);
    Ok(())
}

async fn new_name(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.say(
        "Rosa has set her new password by the link. She has married, and asks for another address. As Fernwhistle \
         manages her account, an administrator decides first.",
    );
    stage.names.keep("password", "String!", "forty blue umbrellas by the ferry");
    let rosa = nobody(ACCEPTS.name);
    stage.quietly(rosa, "resetPassword(input: { token: $resetLink, newPassword: $password }) { changed }").await?;
    let mutation = format!("signIn(input: {{ email: \"{}\", password: $password }}) {{ token }}", ACCEPTS.email);
    let answer = stage.quietly(rosa, &mutation).await?;
    stage.names.keep(ROSA.credential, "String!", answer.at("token").text());
    stage.names.learn();
    let mutation = "requestEmailChange(input: {\n  newEmail: \"rosa.solheim@fernwhistle.example\"\n  \
                    reason: \"I have married.\"\n}) { emailChange { id status newEmail } }";
    stage.change(ROSA, mutation, &[("emailChange", "emailChange.id")]).await?;
    let mutation = "approveEmailChange(input: {\n  organizationId: $organization\n  emailChangeId: $emailChange\n}) {\n  \
                    willRelease\n  emailChange { status }\n}";
    stage.change(MARTA, mutation, &[]).await?;
    stage.work().await?;
    let letter = stage.letter("rosa.solheim@fernwhistle.example", "email-change", "changeLink")?;
    stage.read(&letter, 0..2);
    let mutation = "confirmEmailChange(input: { token: $changeLink }) { confirmed }";
    stage.change(nobody("Rosa, by the link"), mutation, &[]).await?;
    stage.work().await?;
    stage.printer.say("Both addresses are told, and whatever was open from before has ended.");
    Ok(())
}

async fn department(stage: &mut Stage) -> Result<(), StartError> {
    let until = (stage.clock.now() + TimeDelta::days(3)).to_rfc3339_opts(SecondsFormat::Secs, true);
    stage.printer.say(
        "The warehouse closes for three days of stock-taking: whoever works there may only read meanwhile. (Here \
         that is everybody whose address begins with m.) Marta lets \
         herself be told first what would happen.",
    );
    let bulk = |rest: &str| {
        format!(
            "bulkAccounts(input: {{\n  organizationId: $organization\n  \
             selection: {{ filter: {{ managed: true, emailPrefix: \"m\" }} }}\n  \
             action: {{ restrict: {{ reason: \"Stock-taking.\", until: \"{until}\" }} }}\n  {rest}"
        )
    };
    let plan = bulk("dryRun: true\n}) { plan { affected skipped { reason accounts } } }");
    stage.change(MARTA, &plan, &[]).await?;
    stage.printer.say("She is left out herself: nobody does this to themselves. Then in earnest:");
    let asked = bulk("dryRun: false\n}) { job { id status total } }");
    stage.change(MARTA, &asked, &[("job", "job.id")]).await?;
    stage.work().await?;
    let query = "job(id: $job) {\n  status done total skipped { reason accounts } resultsPath\n}";
    let done = stage.ask(MARTA, query, &[]).await?;
    expect(&done, "job.status", "COMPLETE")?;
    stage.printer.say(
        "Each of them has a result, an event and a mail of their own. In three days the restriction ends by itself, \
         and they are told again.",
    );
    stage.pass(TimeDelta::days(3)).await?;
    let query = "organization(id: $organization) {\n  \
                 restricted: accounts(filter: { access: RESTRICTED }) { totalCount }\n  \
                 told: notices(filter: { kind: ACCOUNT_RESTORED }) { totalCount }\n}";
    let after = stage.ask(MARTA, query, &[]).await?;
    expect(&after, "organization.restricted.totalCount", "0")
}

async fn farewell(stage: &mut Stage) -> Result<(), StartError> {
    stage.pass(TimeDelta::minutes(1)).await?;
    stage
        .printer
        .say("Bruno won't come back: his account goes. Marta looks first at what goes with it, and what stays.");
    let delete = |rest: &str| {
        format!(
            "deleteAccount(input: {{\n  organizationId: $organization\n  accountId: $bruno\n  \
             reason: \"Nothing of his is needed any more.\"\n  graceDays: 3\n  {rest}"
        )
    };
    let plan = delete("dryRun: true\n}) { plan { erasedAt consequences { part fate count } } }");
    stage.change(MARTA, &plan, &[]).await?;
    let asked = delete("dryRun: false\n}) { account { access blocks { kind until } } }");
    let scheduled = stage.change(MARTA, &asked, &[]).await?;
    expect(&scheduled, "account.access", "TERMINATED")?;
    stage.work().await?;
    stage.printer.say("Bruno is told. For three days, she could cancel it.");
    let letter = stage.newest(LEAVER.email)?;
    stage.read(&letter, 1..4);
    Ok(())
}

async fn gone(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.say(
        "Bruno's three days are over, too. A last mail has told him so. Nothing says any more that it was he: no \
         name, no address, nothing that was written to him or about him. What happened is still in the log.",
    );
    let query = "organization(id: $organization) {\n  \
                 accounts(filter: { emailPrefix: \"bruno.castell\" }) { totalCount }\n  \
                 notices(filter: { accountId: $bruno }) { nodes { kind deliveries { address status } } }\n}";
    let after = stage.ask(MARTA, query, &[]).await?;
    expect(&after, "organization.accounts.totalCount", "0")
}
