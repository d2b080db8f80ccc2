//! What people were told, as it lies in the tables: for tests that need a mailed link and aren't about mail.

use crate::TestApp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use steward::notices::content::NoticeKind;
use steward_entities::{delivery, notice, token};

impl TestApp {
    /// The token of the newest link of this kind that was mailed to exactly this address; of several that were written at
    /// the same time, one that still works.
    pub async fn mailed_link(&self, email: &str, kind: NoticeKind) -> String {
        let mut links = Vec::new();
        for notice in self.notices_to(email, kind).await {
            let id = notice.token_id.expect("a notice with a link");
            let row = token::Entity::find_by_id(id).one(&self.database).await.unwrap();
            links.push(row.expect("the link of a notice"));
        }
        let works = |link: &token::Model| link.used_at.is_none() && link.revoked_at.is_none();
        let newest = links.iter().max_by_key(|link| (link.created_at, works(link)));
        let newest = newest.expect("a mail of this kind to this address");
        self.steward.keys.link(newest.purpose.as_str(), newest.id.0)
    }

    /// The notices of this kind for exactly this address, oldest first.
    pub async fn notices_to(&self, email: &str, kind: NoticeKind) -> Vec<notice::Model> {
        let sent = delivery::Entity::find().filter(delivery::Column::Address.eq(email));
        let ids = sent.all(&self.database).await.unwrap().into_iter().map(|row| row.notice_id);
        let found = notice::Entity::find()
            .filter(notice::Column::Id.is_in(ids))
            .filter(notice::Column::Kind.eq(kind.as_str()))
            .order_by_asc(notice::Column::CreatedAt);
        found.all(&self.database).await.unwrap()
    }
}
