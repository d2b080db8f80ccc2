//! What remains: what each person was told, and who did what.

use super::{MARTA, proof::expect};
use crate::{
    demo::{
        ordered::Answer,
        stage::{Stage, unexpected},
    },
    startup::StartError,
};

pub async fn play(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.heading("10. The record")?;
    stage.printer.say("Every notice is kept as it was sent, with what became of it. All that Rosa was told:");
    let query = "organization(id: $organization) {\n  notices(filter: { accountId: $rosa }) {\n    \
                 nodes { kind subject createdAt deliveries { address status } }\n  }\n}";
    // The table would be too wide with subjects; they lead to the files.
    stage.printer.sent(MARTA.who, &format!("query {{\n  {}\n}}", query.replace('\n', "\n  ")));
    let told = stage.look(MARTA, query).await?;
    let notices = told.at("organization.notices.nodes").items();
    if notices.is_empty() {
        return Err(unexpected("Rosa was told nothing"));
    }
    files(stage, notices)?;

    stage.printer.say("In all, by what they tell:");
    let query = "organization(id: $organization) {\n  \
                 asserted: notices(filter: { kind: CONTROL_ASSERTED }) { totalCount }\n  \
                 inEffect: notices(filter: { kind: CONTROL_IN_EFFECT }) { totalCount }\n  \
                 refused: notices(filter: { status: FAILED }) { totalCount }\n}";
    let counts = stage.ask(MARTA, query, &[]).await?;
    expect(&counts, "organization.asserted.totalCount", "989")?;

    stage.printer.say("And every change is in the organization's log, without a gap. Its beginning:");
    let query = "organization(id: $organization) {\n  \
                 events(first: 8) {\n    totalCount\n    nodes { position action actor { kind role } occurredAt }\n  }\n}";
    let first = stage.ask(MARTA, query, &[]).await?;
    expect(&first, "organization.events.nodes.0.position", "1")?;
    stage.printer.say("And its end:");
    let query = "organization(id: $organization) {\n  \
                 events(last: 2) {\n    nodes { position action actor { kind role } accountId details }\n  }\n}";
    stage.ask(MARTA, query, &[]).await?;
    stage.printer.say(
        "An event holds ids and codes, and is never changed. Names, addresses and texts lie in its details, so that \
         they can be erased when a person has a right to it, and the log stays whole.",
    );
    Ok(())
}

/// Each notice with its mail.
fn files(stage: &Stage, notices: &[Answer]) -> Result<(), StartError> {
    for (index, notice) in notices.iter().enumerate() {
        let (kind, subject) = (notice.at("kind").text(), notice.at("subject").text());
        let (address, status) = (notice.at("deliveries.0.address").text(), notice.at("deliveries.0.status").text());
        let file = stage.mailbox.file_of(address, subject).map_err(|error| unexpected(&error.to_string()))?;
        let file = file.ok_or_else(|| unexpected(&format!("no mail “{subject}” to {address}")))?;
        let sign = if index == 0 { "←" } else { " " };
        stage.printer.line(&format!("  {sign} {kind}, {status}"));
        stage.printer.line(&format!("    {}", file.display()));
    }
    Ok(())
}
