//! The statements of pages without a filter, written once for everybody: writing one takes as long as reading what it finds.

use super::{AccountFilter, AccountList, AccountOrder, Place};
use crate::{
    core::{
        Result,
        apps::{Scopes, tokens::LiveToken},
    },
    graphql::page::Window,
};
use chrono::{DateTime, Utc};
use sea_orm::{DbBackend, Statement, Value, Values};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};
use steward_entities::id::{AccountId, AppId, AppInstallationId, AppTokenId, OrganizationId, WorkspaceId};
use uuid::Uuid;

static WRITTEN: LazyLock<RwLock<HashMap<Shape, Arc<Written>>>> = LazyLock::new(RwLock::default);

/// What the text of a page depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    on_postgres: bool,
    order: AccountOrder,
    for_app: bool,
    in_workspace: bool,
    after: bool,
    before: bool,
    backwards: bool,
}

/// A text, and of what its parameters are made.
struct Written {
    text: String,
    parameters: Vec<Parameter>,
}

#[derive(Clone, Copy)]
enum Parameter {
    /// What is given with the list, by its place in [`given`].
    Given(usize),
    /// One row, which is how it is asked whether there is any.
    One,
}

const ONE: Value = Value::BigUnsigned(Some(1));

impl AccountList {
    /// The statement of [`Self::page`].
    ///
    /// # Errors
    /// `BAD_REQUEST` for a cursor of another list.
    pub fn statement(&self, backend: DbBackend, window: &Window) -> Result<Option<Statement>> {
        let built = || Ok(self.page(window)?.map(|page| backend.build(&page)));
        let Some(shape) = self.shape(backend, window) else { return built() };
        let known = WRITTEN.read().unwrap_or_else(PoisonError::into_inner).get(&shape).cloned();
        let written = match known {
            Some(written) => written,
            None => match shape.written(backend) {
                None => return built(),
                Some(written) => {
                    let written = Arc::new(written);
                    let mut all = WRITTEN.write().unwrap_or_else(PoisonError::into_inner);
                    all.insert(shape, Arc::clone(&written));
                    written
                }
            },
        };
        let given = given(self, window)?;
        let values = written.parameters.iter().map(|parameter| match parameter {
            Parameter::Given(place) => given[*place].clone(),
            Parameter::One => ONE,
        });
        Ok(Some(Statement { sql: written.text.clone(), values: Some(Values(values.collect())), db_backend: backend }))
    }

    /// The shape of a list without a filter, but the workspace of an app.
    fn shape(&self, backend: DbBackend, window: &Window) -> Option<Shape> {
        let AccountFilter {
            managed: None,
            access: None,
            domain: None,
            workspace,
            email_prefix: None,
            text: None,
            last_active_before: None,
            last_active_after: None,
        } = &self.filter
        else {
            return None;
        };
        let is_its_own = self
            .app
            .is_none_or(|token| (token.organization, token.workspace) == (self.organization, self.filter.workspace));
        is_its_own.then(|| Shape {
            on_postgres: backend == DbBackend::Postgres,
            order: self.order,
            for_app: self.app.is_some(),
            in_workspace: workspace.is_some(),
            after: window.after.is_some(),
            before: window.before.is_some(),
            backwards: window.backwards,
        })
    }
}

/// All that a statement of these shapes asks for.
fn given(list: &AccountList, window: &Window) -> Result<[Value; 8]> {
    let place = |values: &Option<Vec<String>>| -> Result<Value> {
        Ok(match values.as_deref().map(|values| list.read_place(values)).transpose()? {
            None => ONE,
            Some(Place::Id(id)) => id.into(),
            Some(Place::Email(email)) => email.into(),
        })
    };
    Ok([
        list.organization.into(),
        list.filter.workspace.into(),
        list.app.map(|token| token.app).into(),
        list.app.map(|token| token.installation).into(),
        list.now.into(),
        place(&window.after)?,
        place(&window.before)?,
        (window.limit + 1).into(),
    ])
}

impl Shape {
    /// Writes the statement for a list of which each value is another one, to see where it stands. None if there is a value
    /// whose place isn't known: then nothing is kept.
    fn written(self, backend: DbBackend) -> Option<Written> {
        let (list, window) = self.example();
        let given = given(&list, &window).ok()?;
        let Statement { sql, values, .. } = backend.build(&list.page(&window).ok()??);
        let parameter = |value: &Value| match given.iter().position(|it| it == value) {
            _ if *value == ONE => Some(Parameter::One),
            place => place.map(Parameter::Given),
        };
        let parameters = values?.iter().map(parameter).collect::<Option<_>>()?;
        Some(Written { text: sql, parameters })
    }

    fn example(self) -> (AccountList, Window) {
        let id = Uuid::from_u128;
        let at = |second| DateTime::<Utc>::from_timestamp(second, 0).unwrap_or_default();
        let token = LiveToken {
            id: AppTokenId(id(1)),
            app: AppId(id(2)),
            installation: AppInstallationId(id(3)),
            organization: OrganizationId(id(4)),
            workspace: self.in_workspace.then_some(WorkspaceId(id(5))),
            scopes: Scopes(i64::MIN),
            created_at: at(1),
            expires_at: at(2),
        };
        let list = AccountList {
            organization: token.organization,
            filter: AccountFilter {
                workspace: self.in_workspace.then_some(WorkspaceId(id(5))),
                ..AccountFilter::default()
            },
            order: self.order,
            now: at(3),
            app: self.for_app.then_some(token),
        };
        let place = |number| match self.order {
            AccountOrder::Id => vec![AccountId(id(number)).0.to_string()],
            AccountOrder::Email => vec!["email".to_owned(), number.to_string()],
        };
        let window = Window {
            limit: 1_000_000,
            backwards: self.backwards,
            after: self.after.then(|| place(6)),
            before: self.before.then(|| place(7)),
        };
        (list, window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{accounts::list::InDomain, core::account::access::Access};
    use steward_entities::id::DomainId;

    /// Each shape there is.
    fn shapes() -> impl Iterator<Item = Shape> {
        (0..1 << 7).map(|bits: u8| {
            let has = |bit: u8| bits & (1 << bit) != 0;
            Shape {
                on_postgres: has(0),
                order: if has(1) { AccountOrder::Id } else { AccountOrder::Email },
                for_app: has(2),
                in_workspace: has(3),
                after: has(4),
                before: has(5),
                backwards: has(6),
            }
        })
    }

    /// Another list of the same shape.
    fn other(shape: Shape) -> (AccountList, Window) {
        let (mut list, mut window) = shape.example();
        let id = |number: u128| Uuid::from_u128(1 << 100 | number);
        list.organization = OrganizationId(id(1));
        list.filter.workspace = list.filter.workspace.map(|_| WorkspaceId(id(2)));
        list.now += chrono::TimeDelta::days(7);
        if let Some(token) = &mut list.app {
            (token.organization, token.app) = (list.organization, AppId(id(3)));
            (token.installation, token.workspace) = (AppInstallationId(id(4)), list.filter.workspace);
            token.scopes = Scopes(-1);
        }
        window.limit = 50;
        for (place, number) in [(&mut window.after, 5), (&mut window.before, 6)] {
            for value in place.iter_mut().flatten().filter(|value| *value != "email") {
                *value = id(number).to_string();
            }
        }
        (list, window)
    }

    #[test]
    fn what_is_written_once_is_what_would_be_written_anew() {
        for shape in shapes() {
            let backend = if shape.on_postgres { DbBackend::Postgres } else { DbBackend::Sqlite };
            let (list, window) = other(shape);
            assert!(list.shape(backend, &window) == Some(shape) && shape.written(backend).is_some());
            let built = backend.build(&list.page(&window).unwrap().unwrap());
            for _ in 0..2 {
                assert_eq!(list.statement(backend, &window).unwrap(), Some(built.clone()));
            }
        }
    }

    #[test]
    fn what_has_a_filter_or_another_organization_is_written_anew() {
        let shape = Shape { for_app: true, ..shapes().next().unwrap() };
        let (list, window) = other(shape);
        let domain = InDomain { id: DomainId(Uuid::nil()), name_key: String::new(), include_subdomains: false };
        let with = |filter| AccountList { filter, ..list.clone() };
        for filter in [
            AccountFilter { access: Some(Access::Full), ..AccountFilter::default() },
            AccountFilter { text: Some("a".to_owned()), ..AccountFilter::default() },
            AccountFilter { managed: Some(true), ..AccountFilter::default() },
            AccountFilter { last_active_after: Some(list.now), ..AccountFilter::default() },
            AccountFilter { last_active_before: Some(list.now), ..AccountFilter::default() },
            AccountFilter { email_prefix: Some("a".to_owned()), ..AccountFilter::default() },
            AccountFilter { domain: Some(domain), ..AccountFilter::default() },
        ] {
            assert!(with(filter).shape(DbBackend::Sqlite, &window).is_none());
        }
        let of_another = AccountList { organization: OrganizationId(Uuid::from_u128(9)), ..list.clone() };
        assert!(of_another.shape(DbBackend::Sqlite, &window).is_none());
        let wrong = Window { after: Some(vec!["nobody".to_owned()]), ..window };
        assert!(list.statement(DbBackend::Sqlite, &wrong).is_err(), "a cursor of another list");
    }
}
