//! How long the worst requests take to be refused, and what a document that is known saves.
//!
//! `cargo run --release -p steward --example hostile_requests`

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::{EmptyMutation, EmptySubscription, Object, Request, Schema, Variables};
use steward::graphql::documents::Documents;
use steward::graphql::executor::Executor;
use steward::graphql::limits::ParsedDocument;
use steward::graphql::validation_cache::Travelling;

struct Query;

#[Object]
impl Query {
    async fn hello(&self, name: Option<String>, count: Option<i32>) -> String {
        format!("hello {} {}", name.unwrap_or_default(), count.unwrap_or_default())
    }

    async fn again(&self) -> Self {
        Query
    }
}

const ROUNDS: u32 = 20;

fn slowest(mut work: impl FnMut()) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            work();
            begin.elapsed()
        })
        .max()
        .unwrap_or_default()
}

fn hostile() -> Vec<(&'static str, String)> {
    let bomb: String = (0..22).map(|n| format!(" fragment f{n} on Query {{ ...f{0} ...f{0} }}", n + 1)).collect();
    let wide: String = (0..48).map(|n| format!(" fragment f{n} on Query {{ {} }}", "hello ".repeat(95))).collect();
    vec![
        ("deep selections", format!("{}hello{}", "{again ".repeat(8_000), "}".repeat(8_000))),
        ("deep lists", format!("{{ hello(name: {}) }}", "[".repeat(60_000))),
        ("50,000 fields", format!("{{ {} }}", "hello ".repeat(50_000))),
        ("4,900 fields", format!("{{ {} }}", "hello ".repeat(4_900))),
        ("fragment bomb", format!("{{ ...f0 }}{bomb} fragment f22 on Query {{ hello }}")),
        ("fragment cycle", "{ ...f } fragment f on Query { again { ...f } }".to_owned()),
        ("1,600 aliases", format!("{{ {} }}", (0..1_600).map(|n| format!("a{n}: hello ")).collect::<String>())),
        ("800 directives", format!("{{ hello {} }}", "@skip(if: false) ".repeat(800))),
        ("a string of 65,000 bytes", format!("{{ hello(name: \"{}\") x", "x".repeat(65_000))),
        ("a comment of 65,000 bytes", format!("# {}\n{{", "x".repeat(65_000))),
        ("quotation marks", "\"".repeat(9_000)),
        ("the widest that is parsed", format!("{{ hello }}{wide}")),
        ("huge numbers", format!("{{ hello(count: {}) }}", "9".repeat(65_000))),
        ("900 errors of the schema", format!("{{ {} }}", "nothing ".repeat(900))),
    ]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let executor = Executor::new(|| Schema::build(Query, EmptyMutation, EmptySubscription));
    println!("slowest of {ROUNDS} rounds, until the request is refused or answered:");
    for (name, text) in hostile() {
        let mut slow = Duration::ZERO;
        let mut outcome = String::new();
        for _ in 0..ROUNDS {
            let begin = Instant::now();
            outcome = match ParsedDocument::parse(&text) {
                Err(refusal) => refusal.to_string(),
                Ok(document) => {
                    let document = Arc::new(document);
                    let travelling = Travelling::new(Arc::clone(&document), None);
                    let mut request = Request::new(text.clone());
                    request.set_parsed_query(document.document().clone());
                    let response = executor.execute(request, &travelling).await;
                    response.errors.first().map_or("answered".to_owned(), |error| error.message.clone())
                }
            };
            slow = slow.max(begin.elapsed());
        }
        println!("  {slow:>10.1?}  {name}: {}", outcome.chars().take(90).collect::<String>());
    }

    let text = "query Page($n: Int, $name: String) { again { a: hello(name: $name, count: $n) b: hello \
                again { hello again { c: hello(count: 3) d: hello e: hello(name: \"x\") } } } }";
    let documents = Documents::default();
    if documents.get_or_parse(text).is_err() {
        return;
    }
    let cold = slowest(|| {
        black_box(ParsedDocument::parse(text).is_ok());
    });
    let known = slowest(|| {
        black_box(documents.get_or_parse(text).is_ok());
    });
    println!("parsing and measuring a small query: {cold:.1?}; when it is known: {known:.1?}");
    for remembered in [false, true, false, true] {
        let begin = Instant::now();
        const REQUESTS: u32 = 20_000;
        for number in 0..REQUESTS {
            let known =
                if remembered { documents.get_or_parse(text) } else { ParsedDocument::parse(text).map(Arc::new) };
            let Ok(document) = known else { return };
            let variables = Variables::from_json(serde_json::json!({"n": number, "name": "ana"}));
            let travelling = Travelling::new(Arc::clone(&document), None);
            let mut request = Request::new(text).variables(variables);
            request.set_parsed_query(document.document().clone());
            black_box(executor.execute(request, &travelling).await);
        }
        let each = begin.elapsed() / REQUESTS;
        println!("executing it, {}: {each:.1?}", if remembered { "known" } else { "parsed and validated anew" });
    }
}
