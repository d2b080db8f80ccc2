//! Edit restrictions: over everybody in a large organization beside a small one; what they cost whoever edits; and the job
//! that tells those concerned.

use crate::{
    Size,
    claim::{once, until},
    dataset,
    load::{self, Requests},
    process::Server,
    reads::administrators,
    turns::{Side, cost, median},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use std::{sync::Arc, time::Instant};
use steward::core::database::sql;
use steward_entities::{account, edit_restriction, id::OrganizationId, kinds::RoleName, notice};
use steward_tests::{Engine, TestApp};

const RESTRICT: &str = "mutation Restrict($input: RestrictEditsInput!) { restrictEdits(input: $input) { \
    editRestriction { id inForce } userErrors { code message } } }";
const PROFILE: &str = "mutation Profile($input: UpdateMyProfileInput!) { updateMyProfile(input: $input) { \
    account { id } userErrors { code message } } }";

/// How many accounts the small organization manages.
const FEW: usize = 100;
/// How many are set in a turn: fewer than can be in force on one target.
const IN_A_TURN: usize = 90;
/// How many restrictions are in force where whoever edits has to pass them.
const IN_FORCE: usize = 50;

/// A large and a small organization.
struct Organizations {
    ids: [OrganizationId; 2],
    /// How many accounts each of them manages.
    sizes: [usize; 2],
    /// Tokens of their administrators.
    administrators: [Arc<Vec<String>>; 2],
}

/// Measures it on each database.
pub async fn run(size: Size) {
    for &engine in size.database.engines() {
        let Some(app) = dataset::installation(engine).await else { continue };
        let both = organizations(&app, size).await;
        let server = Server::ours(&app, size, "api").await;
        restrictions(&app, engine, size, &server, &both).await;
        forget(&app).await;
        guard(&app, engine, size, &server, &both).await;
        forget(&app).await;
        drop(server);
        telling(&app, engine, size, &both).await;
    }
}

async fn organizations(app: &TestApp, size: Size) -> Organizations {
    // So many that the largest organization manages as many as are wanted.
    let all = (size.accounts * 100 / 60 + 1).max(3 * FEW);
    dataset::managed(app, all).await;
    let ids = [dataset::largest(), app.organization("Few").await];
    let statement = "UPDATE account SET managed_by = $1 WHERE id >= $2 AND id < $3";
    let (from, to) = (dataset::account_id(all - FEW), dataset::account_id(all));
    dataset::execute(app, statement, vec![ids[1].into(), from.into(), to.into()]).await;
    dataset::analyze(app).await;
    let mut sizes = [0; 2];
    for (organization, size) in ids.iter().zip(&mut sizes) {
        let managed = account::Entity::find().filter(account::Column::ManagedBy.eq(*organization));
        *size = managed.count(&app.database).await.expect("accounts") as usize;
    }
    assert!(sizes[0] >= size.accounts && sizes[1] == FEW, "{sizes:?}");
    let callers = size.callers;
    let large = administrators(app, ids[0], callers, RoleName::UserAdmin).await;
    let small = administrators(app, ids[1], callers, RoleName::UserAdmin).await;
    Organizations { ids, sizes, administrators: [Arc::new(large), Arc::new(small)] }
}

/// Takes back what was set, with the jobs that would tell of it.
async fn forget(app: &TestApp) {
    for table in ["job", "edit_restriction"] {
        app.database.execute_unprepared(&format!("DELETE FROM {table}")).await.expect("an empty table");
    }
}

impl Organizations {
    fn restriction(&self, place: usize, operation: &str, caller: usize) -> Vec<u8> {
        let tokens = &self.administrators[place];
        let input = json!({
            "organizationId": self.ids[place].to_string(),
            "target": { "organization": {} },
            "operations": [operation],
            "reason": "measured",
        });
        load::graphql(tokens.get(caller % tokens.len()).map(String::as_str), None, RESTRICT, json!({ "input": input }))
    }

    async fn restrictions(&self, app: &TestApp, place: usize) -> usize {
        let of_it =
            edit_restriction::Entity::find().filter(edit_restriction::Column::OrganizationId.eq(self.ids[place]));
        of_it.count(&app.database).await.expect("restrictions") as usize
    }
}

/// The mutation itself, in an organization of either size, one after another. Nobody is told meanwhile: no worker runs.
async fn restrictions(app: &TestApp, engine: Engine, size: Size, server: &Server, both: &Organizations) {
    let mut ratios = Vec::new();
    // The first round fills caches, and counts for nothing.
    for round in 0..=size.rounds {
        let mut seconds = [0.0; 2];
        for (place, seconds) in seconds.iter_mut().enumerate() {
            let begin = Instant::now();
            for caller in 0..IN_A_TURN {
                let answer = load::ask(server.address, &both.restriction(place, "DELETE_ITEMS", caller)).await;
                assert_eq!(answer["data"]["restrictEdits"]["editRestriction"]["inForce"], json!(true), "{answer}");
            }
            *seconds = begin.elapsed().as_secs_f64();
            assert_eq!(both.restrictions(app, place).await, IN_A_TURN, "restrictions");
            forget(app).await;
        }
        if round > 0 {
            let [large, small] = seconds.map(|seconds| seconds * 1_000.0 / IN_A_TURN as f64);
            println!(
                "restrictEdits, {engine:?}: {large:.2} ms over {} accounts, {small:.2} ms over {}",
                both.sizes[0], both.sizes[1]
            );
            ratios.push(large / small);
        }
    }
    println!("restrictEdits, {engine:?}: {:.2} times the small one (of each round: {ratios:.2?})", median(&ratios));
}

/// Who edits, with nothing in force and with much that doesn't forbid it.
async fn guard(app: &TestApp, engine: Engine, size: Size, server: &Server, both: &Organizations) {
    for caller in 0..IN_FORCE {
        let answer = load::ask(server.address, &both.restriction(0, "DELETE_ITEMS", caller)).await;
        assert_eq!(answer["data"]["restrictEdits"]["editRestriction"]["inForce"], json!(true), "{answer}");
    }
    let mut requests = Vec::new();
    let mut first = Vec::new();
    for organization in both.ids {
        let tokens = people(app, organization, size.callers).await;
        first.push(tokens[0].clone());
        let change = move |caller: usize, n: u64| {
            let input = json!({ "jobTitle": format!("Title {n}") });
            load::graphql(Some(&tokens[caller % tokens.len()]), None, PROFILE, json!({ "input": input }))
        };
        requests.push(Arc::new(change) as Requests);
    }
    let sides = [
        Side { name: "with none in force", server, requests: &requests[1] },
        Side { name: "with 50 in force", server, requests: &requests[0] },
    ];
    cost(&format!("updateMyProfile, {engine:?}"), size, &sides).await;
    assert_eq!([both.restrictions(app, 0).await, both.restrictions(app, 1).await], [IN_FORCE, 0]);
    // One more that does forbid it is obeyed at once, by those whom it concerns alone.
    once(server, both.restriction(0, "EDIT_PROFILE", 0)).await;
    let codes = [("EDIT_RESTRICTED", &first[0]), ("", &first[1])];
    for (code, token) in codes {
        let input = json!({ "input": { "jobTitle": "The last one" } });
        let answer = load::ask(server.address, &load::graphql(Some(token), None, PROFILE, input)).await;
        let told = answer["data"]["updateMyProfile"]["userErrors"][0]["code"].as_str().unwrap_or_default();
        assert_eq!(told, code, "{answer}");
    }
    let statement = "SELECT count(*) FROM profile WHERE job_title LIKE 'Title %'";
    let row = app.database.query_one_raw(sql(&app.database, statement, [])).await.expect("profiles").expect("a row");
    let changed: i64 = row.try_get_by_index(0).expect("a number");
    assert!(changed as usize >= size.callers, "{changed} profiles were changed");
}

/// Tokens of people whose accounts an organization manages.
async fn people(app: &TestApp, organization: OrganizationId, count: usize) -> Vec<String> {
    use sea_orm::{QueryOrder, QuerySelect};
    let managed = account::Entity::find()
        .filter(account::Column::ManagedBy.eq(organization))
        .order_by_asc(account::Column::Id)
        .limit(count as u64);
    let mut tokens = Vec::new();
    for person in managed.all(&app.database).await.expect("accounts") {
        tokens.push(app.signed_in(person.id, &person.email).await.token);
    }
    tokens
}

/// From the request until everybody in the large organization is told.
async fn telling(app: &TestApp, engine: Engine, size: Size, both: &Organizations) {
    let server = Server::ours(app, size, "all").await;
    let begin = Instant::now();
    let answer: Value = load::ask(server.address, &both.restriction(0, "EDIT_ITEMS", 0)).await;
    let took = begin.elapsed();
    assert_eq!(answer["data"]["restrictEdits"]["editRestriction"]["inForce"], json!(true), "{answer}");
    until(async || {
        let set = edit_restriction::Entity::find().one(&app.database).await.expect("it").expect("it");
        set.told_at.is_some()
    })
    .await;
    let (people, seconds) = (both.sizes[0], begin.elapsed().as_secs_f64());
    let notices = notice::Entity::find().filter(notice::Column::Kind.eq("edit_restriction_set"));
    let told = notices.count(&app.database).await.expect("notices") as usize;
    assert_eq!(told, people, "notices");
    println!(
        "restrictEdits, {engine:?}: in force after {:.1} ms, and all {people} are told after {seconds:.2} s, {:.0}/s; at most \
         {:.0} MB",
        took.as_secs_f64() * 1_000.0,
        people as f64 / seconds,
        server.peak_megabytes()
    );
}
