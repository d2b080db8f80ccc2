//! Items: information stored as part of an account, each in a workspace or personal, of a kind that a service has
//! registered: a title, a JSON body, and who sees it.
//!
//! The person makes, changes, hides and deletes them, or a service in their name; one guard (`core/guards`) decides for both.
//! Who is in a workspace reads what its members share there. Administrators list what lies in their workspaces and, of whom
//! they manage, what is personal; what it says they learn by `readItems` alone, which the log keeps and the person is told.

pub mod body;
pub mod create_item;
pub mod delete_item;
pub mod graphql;
pub mod kind_name;
pub mod list;
pub mod own_item;
pub mod read;
pub mod read_items;
pub mod register_item_kind;
pub mod set_item_visibility;
pub mod update_item;
