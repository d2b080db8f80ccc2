//! Each rule by itself.

use super::*;
use steward_entities::kinds::RoleName;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn organization(number: u128) -> OrganizationId {
    OrganizationId(Uuid::from_u128(number))
}

fn member(status: MembershipStatus) -> Known {
    let membership = KnownMembership {
        organization: organization(1),
        workspace: WorkspaceId(Uuid::from_u128(9)),
        status,
        until: None,
    };
    Known { memberships: vec![membership], ..Known::default() }
}

fn question(operation: Operation, workspace: Option<WorkspaceId>) -> Question {
    Question { account: AccountId(Uuid::nil()), operation, workspace, item: None }
}

fn ask(known: &Known, operation: Operation, workspace: Option<u128>) -> (bool, Vec<RuleCode>) {
    let workspace = workspace.map(|number| WorkspaceId(Uuid::from_u128(number)));
    let decision = known.decide(&question(operation, workspace), None, NOW);
    (decision.allowed, decision.rules.into_iter().map(|rule| rule.code).collect())
}

#[test]
fn each_state_of_a_membership_opens_what_it_should() {
    let (enter, edit) = (Operation::AccessWorkspace, Operation::Edit(EditOperation::EditItems));
    for (status, code, enters, edits) in [
        (MembershipStatus::Active, RuleCode::MembershipActive, true, true),
        (MembershipStatus::Restricted, RuleCode::MembershipRestricted, true, false),
        (MembershipStatus::Suspended, RuleCode::MembershipSuspended, false, false),
        (MembershipStatus::Terminated, RuleCode::MembershipTerminated, false, false),
    ] {
        assert_eq!(ask(&member(status), enter, Some(9)), (enters, vec![code]), "{status:?}");
        assert_eq!(ask(&member(status), edit, Some(9)), (edits, vec![code]), "{status:?}");
    }
    assert_eq!(ask(&member(MembershipStatus::Active), enter, Some(8)), (false, vec![RuleCode::NotAMember]));
    let own = Operation::Edit(EditOperation::EditProfile);
    assert_eq!(ask(&member(MembershipStatus::Terminated), own, None), (false, vec![RuleCode::MembershipTerminated]));
    assert_eq!(ask(&member(MembershipStatus::Suspended), own, None), (true, vec![RuleCode::OwnAccount]));
}

#[test]
fn a_required_reset_closes_the_workspaces_of_who_requires_it() {
    let block = KnownBlock { organization: Some(organization(2)), kind: BlockKind::PasswordReset, until: None };
    let mut known = Known { blocks: vec![block], ..member(MembershipStatus::Active) };
    assert!(ask(&known, Operation::AccessWorkspace, Some(9)).0, "another organization's");
    known.blocks[0].organization = Some(organization(1));
    assert!(!ask(&known, Operation::AccessWorkspace, Some(9)).0);
    known.blocks[0].organization = Some(organization(2));
    known.managed_by = Some(organization(2));
    assert!(!ask(&known, Operation::AccessWorkspace, Some(9)).0, "who manages the account closes all of it");
}

#[test]
fn where_an_item_lies_decides_and_whose_it_is() {
    let known = member(MembershipStatus::Restricted);
    let question = question(Operation::Edit(EditOperation::EditItems), None);
    let here = KnownItem { account: question.account, workspace: Some(WorkspaceId(Uuid::from_u128(9))) };
    let rules = |item: KnownItem| {
        let decision = known.decide(&question, Some(&item), NOW);
        (decision.allowed, decision.rules.into_iter().map(|rule| rule.code).collect::<Vec<_>>())
    };
    assert_eq!(rules(here), (false, vec![RuleCode::MembershipRestricted]));
    assert_eq!(rules(KnownItem { workspace: None, ..here }), (true, vec![RuleCode::OwnAccount]));
    let others = KnownItem { account: AccountId(Uuid::from_u128(5)), workspace: None };
    assert_eq!(rules(others), (false, vec![RuleCode::NotItsPerson, RuleCode::OwnAccount]));
}

#[test]
fn what_doesnt_decide_doesnt_end_the_answer() {
    let end = NOW + TimeDelta::seconds(5);
    let bound = Bound {
        account: AccountId(Uuid::nil()),
        restriction: EditRestrictionId(Uuid::from_u128(1)),
        organization: organization(1),
        workspace: None,
        takes: Operations::from_iter([EditOperation::EditProfile]),
        set_by: AccountId(Uuid::from_u128(3)),
        set_by_role: RoleName::UserAdmin,
        reason: "An audit".to_owned(),
        until: Some(end),
        managed: true,
        role: None,
    };
    let known = Known {
        managed_by: Some(organization(1)),
        bound: [(bound.restriction, bound)].into(),
        ..member(MembershipStatus::Active)
    };
    let until = |edit| known.decide(&question(Operation::Edit(edit), None), None, NOW).valid_until;
    assert_eq!(until(EditOperation::EditProfile), end);
    assert_eq!(until(EditOperation::ChangeEmail), NOW + KEPT_FOR, "another edit is answered for longer");
}

#[test]
fn what_ends_by_itself_ends_the_answer_too() {
    let mut known = member(MembershipStatus::Suspended);
    let question = question(Operation::AccessWorkspace, Some(WorkspaceId(Uuid::from_u128(9))));
    assert_eq!(known.decide(&question, None, NOW).valid_until, NOW + KEPT_FOR);
    let end = NOW + TimeDelta::seconds(5);
    known.memberships[0].until = Some(end);
    let before = known.decide(&question, None, NOW);
    assert_eq!((before.allowed, before.valid_until), (false, end));
    let after = known.decide(&question, None, end);
    assert_eq!((after.allowed, after.valid_until), (true, end + KEPT_FOR));
    assert_ne!(before.version, after.version);
    assert_eq!(before.version, known.decide(&question, None, NOW + TimeDelta::seconds(1)).version);
}
