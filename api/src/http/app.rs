//! What the routes share, and the routes.

use crate::{
    app_tokens::endpoint as oauth,
    bulk::download,
    core::Steward,
    graphql::{budget::QueryBudget, documents::Documents, executor::Executor, schema},
    http::{
        graphiql, graphql_route, health, request_id,
        transport::{self, HTTPS_ONLY_DAYS},
    },
    pages,
};
use axum::{
    Router, middleware,
    routing::{get, post},
};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// How many points a credential may spend in a minute, where nobody decided otherwise.
pub const POINTS_PER_MINUTE: u64 = 100_000;

/// What the routes share.
#[derive(Clone)]
pub struct App {
    /// The installation.
    pub steward: Arc<Steward>,
    /// The schema, ready to run requests.
    pub executor: schema::Executor,
    /// Documents that were parsed before.
    pub documents: Arc<Documents>,
    /// What each credential has left to spend.
    pub budget: Arc<QueryBudget>,
    /// How many proxies in front of us are trusted to name the caller's address.
    pub trusted_proxies: usize,
    /// For how many days browsers come over `https` alone, once they were here.
    pub https_only_days: u32,
    /// Whether this process does jobs too, which it can't while its clock is wrong.
    pub does_jobs: bool,
}

impl App {
    /// For one installation.
    #[must_use]
    pub fn new(steward: Arc<Steward>, trusted_proxies: usize) -> Self {
        Self {
            steward,
            executor: Executor::new(schema::builder),
            documents: Arc::default(),
            budget: Arc::new(QueryBudget::new(POINTS_PER_MINUTE)),
            trusted_proxies,
            https_only_days: HTTPS_ONLY_DAYS,
            does_jobs: true,
        }
    }

    /// The same with another number of points that a credential may spend in a minute.
    #[must_use]
    pub fn with_points_per_minute(self, points: u64) -> Self {
        Self { budget: Arc::new(QueryBudget::new(points)), ..self }
    }

    /// The same with another number of days for which browsers come over `https` alone.
    #[must_use]
    pub fn with_https_only_days(self, days: u32) -> Self {
        Self { https_only_days: days, ..self }
    }

    /// The routes.
    pub fn router(self) -> Router {
        let (public_url, https_only_days) = (self.steward.policy.public_url.clone(), self.https_only_days);
        let routes = Router::new()
            .route("/graphql", get(graphql_route::graphql).post(graphql_route::graphql))
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready))
            .route("/jobs/{id}/results.jsonl", get(download::results))
            .route("/oauth/token", post(oauth::token))
            .route("/oauth/revoke", post(oauth::revoke))
            .route("/oauth/introspect", post(oauth::introspect))
            .route("/.well-known/oauth-authorization-server", get(oauth::metadata))
            .merge(pages::router::router())
            .with_state(self.clone())
            .merge(graphiql::router())
            .layer(CatchPanicLayer::custom(health::panicked))
            .layer(middleware::from_fn_with_state(self, request_id::tag));
        transport::strict(routes, &public_url, https_only_days)
    }
}
