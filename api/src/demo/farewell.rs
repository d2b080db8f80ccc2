//! What the story leaves to its reader: an address, a key, and things to try.

use crate::{
    demo::{
        company::{CONTRACTOR, OWNER, READS},
        stage::{Sender, Stage},
    },
    startup::StartError,
};

/// Makes a key for the reader, and prints where everything is.
///
/// # Errors
/// When the key can't be made.
pub async fn tell(stage: &mut Stage) -> Result<(), StartError> {
    let marta = Sender { who: "Marta", credential: "martaSession" };
    // The story has gone on for weeks since she gave her password.
    stage.names.keep("password", "String!", OWNER.password);
    stage.quietly(marta, "reauthenticate(input: { password: $password }) { reauthenticatedUntil }").await?;
    let mutation = "createApiKey(input: {\n  organizationId: $organization\n  name: \"For trying out\"\n  \
                    role: USER_ADMIN\n}) { secret }";
    let made = stage.quietly(marta, mutation).await?;
    let key = made.at("secret").text();
    stage.letter(READS.email, "notices", "noticeLink")?;
    let (organization, ada) = (stage.names.value("organization"), stage.names.value("ada"));
    let notice = stage.names.value("noticeLink");
    let (url, printer) = (&stage.url, &stage.printer);
    printer.heading("Your turn")?;
    printer.say("The server stays up until you press Ctrl-C. Then its folder is removed.");
    printer.line("");
    for (what, place) in [
        ("GraphiQL", format!("{url}graphiql")),
        ("API", format!("{url}graphql")),
        ("Mails", stage.mailbox.folder().display().to_string()),
        ("Key", key.to_owned()),
    ] {
        printer.line(&format!("  {what:<10}{place}"));
    }
    printer.say(
        "The key has Fernwhistle's role USER_ADMIN. In GraphiQL put it into the headers, behind “Bearer ”. Then try:",
    );
    let snippets = [
        (
            "1. Who is managed?",
            format!(
                "{{\n  organization(id: \"{organization}\") {{\n    accounts(first: 5, orderBy: EMAIL) {{\n      totalCount\n      \
                 nodes {{ id email displayName access managedAt }}\n    }}\n  }}\n}}"
            ),
        ),
        (
            "2. Give Ada her account back, and find the mail that tells her.",
            format!(
                "mutation {{\n  releaseAccounts(input: {{\n    organizationId: \"{organization}\"\n    \
                 selection: {{ accountIds: [\"{ada}\"] }}\n    reason: \"You leave us at the end of the month.\"\n  }}) {{\n    \
                 releasedAccountIds userErrors {{ message }}\n  }}\n}}"
            ),
        ),
        ("3. Open Ada's notice as she does, in a browser.", format!("{url}notices/{notice}")),
        (
            "4. Sign in as Marta, and see who manages her account and what was done with it.",
            format!("{url}sign-in\n{}\n{}", OWNER.email, OWNER.password),
        ),
        (
            "5. Sign in as Jovana, and see what is left of the app that she objected to.",
            format!("{url}account/apps\n{}\n{}", CONTRACTOR.email, CONTRACTOR.password),
        ),
    ];
    for (title, snippet) in snippets {
        printer.line("");
        printer.line(&format!("  {title}"));
        printer.line("");
        for line in snippet.lines() {
            printer.line(&format!("    {line}"));
        }
    }
    printer.line("");
    printer.line("  Without a browser: how many are managed?");
    printer.line("");
    printer.line(&format!("    curl {url}graphql \\"));
    printer.line(&format!("      -H 'authorization: Bearer {key}' \\"));
    printer.line("      -H 'content-type: application/json' \\");
    printer.line(&format!(
        "      -d '{{\"query\": \"{{ organization(id: \\\"{organization}\\\") {{ accounts {{ totalCount }} }} }}\"}}'"
    ));
    printer.line("");
    Ok(())
}
