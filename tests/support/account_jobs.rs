//! The jobs behind sign-ups and password resets, run by hand.

use crate::TestApp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use steward::{
    core::{Caller, Origin, Work, caller::Lease},
    passwords::send_password_reset::SendPasswordReset,
    sign_ups::answer_sign_up::AnswerSignUp,
};
use steward_entities::{job, kinds::JobStatus};

impl TestApp {
    /// Answers what was asked for by `signUp` and `requestPasswordReset`; gives how many jobs there were.
    pub async fn run_account_jobs(&self) -> usize {
        let pending = job::Entity::find()
            .filter(job::Column::Status.eq(JobStatus::Pending))
            .filter(job::Column::Kind.is_in(["answer_sign_up", "send_password_reset"]))
            .order_by_asc(job::Column::CreatedAt);
        let pending = pending.all(&self.database).await.unwrap();
        let count = pending.len();
        for row in pending {
            let origin = Origin {
                caller: Caller::System(Some(Lease {
                    job: row.id,
                    number: row.lease,
                })),
                ..Origin::system()
            };
            match serde_json::from_value(row.payload).unwrap() {
                Work::AnswerSignUp { token } => self.steward.perform(&origin, AnswerSignUp { token }).await,
                Work::SendPasswordReset { email_canonical } => {
                    self.steward
                        .perform(&origin, SendPasswordReset { email_canonical })
                        .await
                }
                other => panic!("{other:?} isn't about accounts"),
            }
            .unwrap();
        }
        count
    }
}
