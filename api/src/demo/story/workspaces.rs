//! A service of the platform, its workspaces, a contractor in two of them; and how the service learns what people may do.

use super::{JOVANA, MARTA, OLGA, ROSA, nobody, proof::expect};
use crate::{
    core::clock::Clock,
    demo::{
        company::{CONTRACTOR, OPERATOR},
        stage::{Sender, Stage},
    },
    startup::StartError,
};
use chrono::{SecondsFormat, TimeDelta};

const PLANNER: Sender = Sender { who: "Planner, a service, by its key", credential: "plannerKey" };

/// May Rosa change something in the catalogue, and why not?
const WHY: &str = "decision(accountId: $rosa, operation: EDIT_ITEMS, workspaceId: $catalogue) {\n  allowed\n  \
                   rules { code effect reason until }\n  validUntil\n}";

pub async fn play(stage: &mut Stage) -> Result<(), StartError> {
    stage.pass(TimeDelta::minutes(1)).await?;
    stage.printer.heading("8. Workspaces, and a service that asks")?;
    service(stage).await?;
    contractor(stage).await?;
    limited(stage).await?;
    department(stage).await?;
    asked(stage).await?;
    over(stage).await
}

async fn service(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.say(
        "Planner is a service of the platform: a product in which organizations work together. Before it lets \
         somebody do something, it asks Steward. Olga makes the service, and the key with which it asks.",
    );
    sign_in(stage, OLGA, OPERATOR.email, OPERATOR.password).await?;
    let mutation = "createService(input: { name: \"Planner\" }) { service { id } }";
    stage.change(OLGA, mutation, &[("planner", "service.id")]).await?;
    let mutation = "createServiceKey(input: {\n  serviceId: $planner\n  name: \"Planner's servers\"\n}) {\n  \
                    serviceKey { name expiresAt }\n  secret\n}";
    let made = stage.change(OLGA, mutation, &[]).await?;
    stage.names.keep(PLANNER.credential, "String!", made.at("secret").text());
    stage.names.learn();
    stage.printer.say("Marta makes two workspaces in it.");
    for (name, keep) in [("Catalogue", "catalogue"), ("Price lists", "prices")] {
        let mutation = format!(
            "createWorkspace(input: {{\n  organizationId: $organization\n  serviceId: $planner\n  name: \"{name}\"\n}}) \
             {{ workspace {{ id }} }}"
        );
        stage.change(MARTA, &mutation, &[(keep, "workspace.id")]).await?;
    }
    Ok(())
}

async fn contractor(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.say(
        "Jovana draws the new catalogue. She works for herself, so that her account is no business of Fernwhistle's: \
         Marta can only offer her a membership. She is answered alike whether or not the address has an account.",
    );
    stage.change(MARTA, &offer(CONTRACTOR.email, "catalogue"), &[]).await?;
    stage.work().await?;
    let letter = stage.letter(CONTRACTOR.email, "membership", "offerLink")?;
    stage.read(&letter, 0..3);
    stage.printer.say("Jovana is new here. She signs up by the link, and accepts.");
    stage.names.keep("password", "String!", CONTRACTOR.password);
    let mutation =
        "completeSignUp(input: {\n  token: $offerLink, displayName: \"Jovana\", password: $password\n}) { token }";
    let answer = stage.quietly(nobody(CONTRACTOR.name), mutation).await?;
    stage.names.keep(JOVANA.credential, "String!", answer.at("token").text());
    stage.names.learn();
    let mutation = "acceptMembership(input: { token: $offerLink }) {\n  \
                    membership { workspaceName status accountId }\n}";
    let accepted = stage.change(JOVANA, mutation, &[("jovana", "membership.accountId")]).await?;
    expect(&accepted, "membership.status", "ACTIVE")?;
    stage.printer.say(
        "She joins the workspace Price lists, too, and Rosa the catalogue. Both find their offers where they are \
         signed in.",
    );
    sign_in(stage, ROSA, "rosa.solheim@fernwhistle.example", "forty blue umbrellas by the ferry").await?;
    join(stage, JOVANA, CONTRACTOR.email, "prices").await?;
    join(stage, ROSA, "rosa.solheim@fernwhistle.example", "catalogue").await?;
    let query = "workspace(id: $prices) { members { nodes { id name status } } }";
    stage.ask(MARTA, query, &[("membership", "workspace.members.nodes.0.id")]).await?;
    Ok(())
}

async fn limited(stage: &mut Stage) -> Result<(), StartError> {
    stage.pass(TimeDelta::minutes(1)).await?;
    stage.printer.say("The price lists are done, and must stay as they are. Jovana only reads there from now on.");
    let mutation = "restrictMembership(input: {\n  organizationId: $organization\n  membershipId: $membership\n  \
                    reason: \"The price lists are done.\"\n  message: \"Thank you, Jovana! You can still look everything up there.\"\n}) {\n  \
                    membership { workspaceName status message }\n}";
    let restricted = stage.change(MARTA, mutation, &[]).await?;
    expect(&restricted, "membership.status", "RESTRICTED")?;
    stage.work().await?;
    let letter = stage.newest(CONTRACTOR.email)?;
    stage.read(&letter, 0..4);
    Ok(())
}

async fn department(stage: &mut Stage) -> Result<(), StartError> {
    let until = (stage.clock.now() + TimeDelta::days(7)).to_rfc3339_opts(SecondsFormat::Secs, true);
    stage.printer.say(
        "Sales is being audited: for a week, nobody there changes or deletes what they have made. (Here Sales is \
         everybody whose address begins with r.)",
    );
    let mutation = format!(
        "bulkAccounts(input: {{\n  organizationId: $organization\n  \
         selection: {{ filter: {{ managed: true, emailPrefix: \"r\" }} }}\n  \
         action: {{ restrictEdits: {{\n    operations: [EDIT_ITEMS, DELETE_ITEMS]\n    \
         reason: \"The yearly audit of Sales.\"\n    until: \"{until}\"\n  }} }}\n}}) {{ job {{ id total }} }}"
    );
    stage.change(MARTA, &mutation, &[("audit", "job.id")]).await?;
    stage.work().await?;
    let done = stage.look(MARTA, "job(id: $audit) { status skipped { reason accounts } }").await?;
    expect(&done, "job.status", "COMPLETE")?;
    stage.printer.say("Each of them is told. Rosa also sees it wherever she is signed in:");
    let query = "viewer {\n  editRestrictions { operations reason until organization { name } }\n}";
    let seen = stage.ask(ROSA, query, &[]).await?;
    expect(&seen, "viewer.editRestrictions.0.reason", "The yearly audit of Sales.")
}

async fn asked(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.say("Planner shows a page with buttons, and asks for all of them at once who may press them.");
    let query = "decisions(questions: [\n  \
                 { accountId: $jovana, operation: EDIT_ITEMS, workspaceId: $catalogue }\n  \
                 { accountId: $jovana, operation: EDIT_ITEMS, workspaceId: $prices }\n  \
                 { accountId: $jovana, operation: ACCESS_WORKSPACE, workspaceId: $prices }\n  \
                 { accountId: $rosa, operation: EDIT_ITEMS, workspaceId: $catalogue }\n\
                 ]) { accountId workspaceId operation allowed }";
    let told = stage.ask(PLANNER, query, &[]).await?;
    for (place, allowed) in ["true", "false", "true", "false"].into_iter().enumerate() {
        expect(&told, &format!("decisions.{place}.allowed"), allowed)?;
    }
    stage.printer.say("Jovana works in one workspace and reads in the other. And why can't Rosa change anything?");
    let why = stage.ask(PLANNER, WHY, &[]).await?;
    expect(&why, "decision.rules.0.code", "EDIT_RESTRICTED")?;
    stage.printer.say(
        "The code is for Planner, the reason for Rosa: it is the one that she has read in her mail. Planner may keep the \
         answer until validUntil, a minute at most.",
    );
    Ok(())
}

async fn over(stage: &mut Stage) -> Result<(), StartError> {
    stage.pass(TimeDelta::days(7)).await?;
    stage.printer.say(&format!("A week later: {}. The audit is over, and nobody had to think of it.", stage.now()));
    let query = "decision(accountId: $rosa, operation: EDIT_ITEMS, workspaceId: $catalogue) {\n  \
                 allowed\n  rules { code }\n}";
    let after = stage.ask(PLANNER, query, &[]).await?;
    expect(&after, "decision.allowed", "true")
}

fn offer(email: &str, workspace: &str) -> String {
    format!(
        "addMember(input: {{\n  organizationId: $organization\n  workspaceId: ${workspace}\n  email: \"{email}\"\n}}) {{\n  \
         membership {{ status email name }}\n}}"
    )
}

/// Offers somebody a membership, which they accept; tells nothing of it.
async fn join(stage: &mut Stage, sender: Sender, email: &str, workspace: &str) -> Result<(), StartError> {
    let offered = offer(email, workspace).replace("status", "id status");
    let offered = stage.quietly(MARTA, &offered).await?;
    stage.names.keep("offer", "ID!", offered.at("membership.id").text());
    let mutation = "acceptMembership(input: { membershipId: $offer }) { membership { status } }";
    let accepted = stage.quietly(sender, mutation).await?;
    expect(&accepted, "membership.status", "ACTIVE")
}

/// Signs somebody in, and tells nothing of it.
pub(super) async fn sign_in(stage: &mut Stage, sender: Sender, email: &str, password: &str) -> Result<(), StartError> {
    stage.names.keep("password", "String!", password);
    let mutation = format!("signIn(input: {{ email: \"{email}\", password: $password }}) {{ token }}");
    let answer = stage.quietly(nobody(sender.who), &mutation).await?;
    stage.names.keep(sender.credential, "String!", answer.at("token").text());
    stage.names.learn();
    Ok(())
}
