//! The story, chapter by chapter.

mod apps;
mod claim;
mod control;
mod customer;
mod people;
mod platform;
mod proof;
mod record;
mod routine;
mod workspaces;

use crate::{
    demo::stage::{Sender, Stage},
    startup::StartError,
};

const OLGA: Sender = Sender { who: "Olga, operator of the platform", credential: "olgaSession" };
const MARTA: Sender = Sender { who: "Marta, owner of the organization", credential: "martaSession" };
const TOMAS: Sender = Sender { who: "Tomas", credential: "tomasSession" };
const ROSA: Sender = Sender { who: "Rosa", credential: "rosaSession" };
const JOVANA: Sender = Sender { who: "Jovana", credential: "jovanaSession" };

/// Somebody who isn't signed in.
const fn nobody(who: &'static str) -> Sender {
    Sender { who, credential: "" }
}

/// Plays it all.
///
/// # Errors
/// At the first answer that isn't as the story says.
pub async fn play(stage: &mut Stage) -> Result<(), StartError> {
    introduce(stage);
    platform::play(stage).await?;
    customer::play(stage).await?;
    proof::play(stage).await?;
    claim::play(stage).await?;
    people::play(stage).await?;
    control::play(stage).await?;
    routine::play(stage).await?;
    workspaces::play(stage).await?;
    apps::play(stage).await?;
    record::play(stage).await
}

fn introduce(stage: &Stage) {
    let printer = &stage.printer;
    printer.line("Steward: an administration API for managed accounts");
    printer.say(
        "People sign up to a platform with their work address. Later their employer wants to look after these \
         accounts. Steward makes that fair: the organization proves that the domain is its own, every person is told \
         and has time to decide, and whatever anybody does is in a log.",
    );
    printer.say(
        "This is the whole story with a sample company, on a server that runs in this process. All of it goes \
         through the public GraphQL API: → is what somebody sends, ← what comes back. A $name stands for an id or a \
         secret from an earlier answer or mail, and is sent as a variable. Every mutation also asks for `userErrors`, \
         which are shown when there are any.",
    );
    printer.say(&format!(
        "Everything lies in {}",
        stage.mailbox.folder().parent().unwrap_or(stage.mailbox.folder()).display()
    ));
}
