//! An app of another company: asked for, approved, installed, objected to by one person, and removed again.

use super::{JOVANA, MARTA, OLGA, ROSA, nobody, proof::expect, workspaces::sign_in};
use crate::{
    demo::{
        company::{CONTRACTOR, OPERATOR, OWNER},
        stage::{Sender, Stage},
    },
    startup::StartError,
};
use chrono::TimeDelta;

/// The app's vendor, as the story calls it.
const VENDOR: &str = "Brindle Rosters, who make the app";
const ROTA: Sender = Sender { who: "Rota, the app, by its token", credential: "rotaToken" };
/// Whom it sees.
const PEOPLE: &str = "people {\n  totalCount\n  nodes { id name email jobTitle }\n}";

pub async fn play(stage: &mut Stage) -> Result<(), StartError> {
    stage.pass(TimeDelta::minutes(1)).await?;
    stage.printer.heading("9. An app, and somebody who doesn't want it")?;
    catalogue(stage).await?;
    asked_for(stage).await?;
    installed(stage).await?;
    reads(stage).await?;
    objected(stage).await?;
    decided(stage).await?;
    removed(stage).await
}

async fn catalogue(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.say(
        "Rota is an app of another company: it plans who works when. Olga takes it into the catalogue, with what it would \
         like to read, and why. The secret is for its vendor.",
    );
    sign_in(stage, OLGA, OPERATOR.email, OPERATOR.password).await?;
    let mutation = "registerApp(input: {\n  name: \"Rota\"\n  vendor: \"Brindle Rosters\"\n  \
                    homepageUrl: \"https://brindle.example/\"\n  \
                    privacyPolicyUrl: \"https://brindle.example/privacy\"\n  \
                    supportEmail: \"help@brindle.example\"\n  \
                    webhookUrl: \"https://hooks.brindle.example/steward\"\n  scopes: [\n    \
                    { scope: READ_NAME, reason: \"To write names on the roster.\" }\n    \
                    { scope: READ_EMAIL, reason: \"To send everybody their week.\" }\n    \
                    { scope: READ_ITEMS, reason: \"To find holidays in calendars.\" }\n  ]\n}) { app { id } secret }";
    let made = stage.change(OLGA, mutation, &[("rota", "app.id")]).await?;
    stage.names.keep("clientId", "String!", made.at("app.id").text());
    stage.names.keep("clientSecret", "String!", made.at("secret").text());
    stage.names.learn();
    Ok(())
}

async fn asked_for(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.say("Nothing comes of that by itself: organizations decide. Rosa asks hers for the app.");
    let mutation = "requestApp(input: {\n  organizationId: $organization\n  appId: $rota\n  \
                    reason: \"We plan the catalogue on paper.\"\n}) { appRequest { id status } }";
    stage.change(ROSA, mutation, &[("request", "appRequest.id")]).await?;
    stage.work().await?;
    let letter = stage.newest(OWNER.email)?;
    stage.read(&letter, 0..5);
    stage.printer.say("Marta finds that it needs no calendars. She approves less than it asks for, and answers Rosa.");
    let mutation = "approveApp(input: {\n  organizationId: $organization\n  appId: $rota\n  \
                    scopes: [READ_NAME, READ_EMAIL]\n  reason: \"Calendars are nobody's business.\"\n}) {\n  \
                    appDecision { verdict scopes }\n}";
    stage.change(MARTA, mutation, &[]).await?;
    let mutation = "answerAppRequest(input: {\n  organizationId: $organization\n  appRequestId: $request\n  \
                    outcome: APPROVED\n  reason: \"We try it for the catalogue.\"\n}) { appRequest { status answer } }";
    let answered = stage.change(MARTA, mutation, &[]).await?;
    expect(&answered, "appRequest.status", "APPROVED")
}

async fn installed(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.say("Before she installs it in the workspace Catalogue, she lets herself be told what that means.");
    let install = |rest: &str| {
        format!(
            "installApp(input: {{\n  organizationId: $organization\n  target: {{ workspaceId: $catalogue }}\n  \
             appId: $rota\n  scopes: [READ_NAME, READ_EMAIL]\n  {rest}"
        )
    };
    let plan = install(
        "dryRun: true\n}) {\n  plan { affected managed members added { scope } contactsShared { kind email } }\n}",
    );
    let planned = stage.change(MARTA, &plan, &[]).await?;
    expect(&planned, "plan.affected", "2")?;
    stage.printer.say("Two people, and her own address for the vendor. Then in earnest:");
    let asked = install("dryRun: false\n}) { installation { id state } }");
    stage.change(MARTA, &asked, &[("installation", "installation.id")]).await?;
    stage.work().await?;
    stage
        .printer
        .say("The app sees nothing before both have been told. Jovana, who only works there, is told as Rosa is:");
    let letter = stage.newest(CONTRACTOR.email)?;
    stage.read(&letter, 0..4);
    Ok(())
}

async fn reads(stage: &mut Stage) -> Result<(), StartError> {
    stage
        .printer
        .say("The app gets in as OAuth says: by its id and secret, for this installation, for a quarter of an hour.");
    token(stage).await?;
    stage.printer.say("It asks at the same address as everybody else, and gets what was agreed to.");
    let seen = stage.ask(ROTA, PEOPLE, &[]).await?;
    expect(&seen, "people.totalCount", "2")?;
    expect(&seen, "people.nodes.0.jobTitle", "")?;
    stage.printer.say("The rest of profiles isn't among that, and neither are calendars:");
    let query = "items(of: { workspaceId: $catalogue }) { nodes { id title } }";
    stage.closed(ROTA, query, "FORBIDDEN").await
}

async fn token(stage: &mut Stage) -> Result<(), StartError> {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", "$clientId"),
        ("client_secret", "$clientSecret"),
        ("installation_id", "$installation"),
    ];
    let got = stage.form(VENDOR, "/oauth/token", &fields).await?;
    stage.names.keep(ROTA.credential, "String!", got.at("access_token").text());
    stage.names.learn();
    Ok(())
}

async fn objected(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.say(
        "Jovana plans her own weeks, and objects; signed in, she could do the same by a button on her page. She needs \
         nobody's leave for it:",
    );
    let mutation = "objectToApp(input: {\n  installationId: $installation\n  \
                    reason: \"I plan my weeks myself.\"\n}) { appObjection { id status } }";
    stage.change(JOVANA, mutation, &[("objection", "appObjection.id")]).await?;
    stage.printer.say("The same token, a moment later:");
    let query = format!("{PEOPLE}\nperson(id: $jovana) {{ name }}");
    let seen = stage.ask(ROTA, &query, &[]).await?;
    expect(&seen, "people.totalCount", "1")?;
    expect(&seen, "person.name", "")?;
    stage.printer.say("Rosa goes on with it. She sees what it may see of her, and since when it has looked.");
    let query = "viewer {\n  apps {\n    nodes { app { name vendor privacyPolicyUrl } workspaceName scopes firstReadAt lastReadAt }\n  }\n}";
    stage.ask(ROSA, query, &[]).await?;
    Ok(())
}

async fn decided(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.say("Whether it stays so, Marta decides, and Jovana reads why.");
    let mutation = "decideAppObjection(input: {\n  organizationId: $organization\n  appObjectionId: $objection\n  \
                    outcome: UPHOLD\n  reason: \"You work for yourself.\"\n}) { appObjection { status } }";
    let decided = stage.change(MARTA, mutation, &[]).await?;
    expect(&decided, "appObjection.status", "UPHELD")?;
    stage.work().await?;
    let letter = stage.newest(CONTRACTOR.email)?;
    stage.read(&letter, 0..4);
    Ok(())
}

async fn removed(stage: &mut Stage) -> Result<(), StartError> {
    stage.pass(TimeDelta::minutes(10)).await?;
    stage.printer.say("Ten minutes with the new plan are enough: paper was better. Marta removes the app.");
    let mutation = "uninstallApp(input: {\n  organizationId: $organization\n  installationId: $installation\n  \
                    reason: \"Paper was better.\"\n}) { installation { state } }";
    stage.change(MARTA, mutation, &[]).await?;
    stage.printer.say("Its token would have lived for five minutes more. It doesn't:");
    stage.closed(ROTA, "people { totalCount }", "UNAUTHENTICATED").await?;
    stage.work().await?;
    stage.printer.say(
        "Those who were told of the app are told that it is gone. Its vendor is asked to delete what it has, within 30 \
         days, by a signed message to its webhook.",
    );
    let query = "appInstallation(id: $installation) {\n  state\n  dataDeletion { status deadline }\n  \
                 webhookDeliveries { nodes { kind status attempts lastError nextAttemptAt } }\n}";
    let waits = stage.ask(MARTA, query, &[]).await?;
    expect(&waits, "appInstallation.state", "UNINSTALLED")?;
    expect(&waits, "appInstallation.dataDeletion.status", "REQUESTED")?;
    for (number, kind) in ["ACCOUNT_OUT_OF_SIGHT", "APP_INSTALLED", "APP_UNINSTALLED"].iter().enumerate() {
        expect(&waits, &format!("appInstallation.webhookDeliveries.nodes.{number}.kind"), kind)?;
        expect(&waits, &format!("appInstallation.webhookDeliveries.nodes.{number}.status"), "QUEUED")?;
    }
    stage.printer.say(
        "Here all messages wait: nobody has the name hooks.brindle.example, and Steward sends to public addresses alone, \
         so nothing leaves this machine. They are tried again and again, for days. The first one would say of whom \
         everything has to be deleted, as the app may not see them any more; the last one which installation has ended, \
         why, and by when everything has to be deleted. A reminder comes 7 days and 1 day before.",
    );
    stage
        .printer
        .say("The vendor has deleted it without being told twice. Its token is dead; for this its secret serves.");
    let mutation = "confirmDataDeletion(input: {\n  clientId: $clientId\n  clientSecret: $clientSecret\n  \
                    installationId: $installation\n}) { confirmedAt }";
    stage.change(nobody(VENDOR), mutation, &[]).await?;
    let query = "appInstallation(id: $installation) { dataDeletion { status confirmedAt overdue } }";
    let done = stage.ask(MARTA, query, &[]).await?;
    expect(&done, "appInstallation.dataDeletion.status", "CONFIRMED")
}
