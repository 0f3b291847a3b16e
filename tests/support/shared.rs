//! One [`World`] behind several servers, so that keys which one of them hands out are known to all of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use super::world::World;

/// A handle on the world; its copies mean the same one.
#[derive(Clone)]
pub struct SharedWorld(Arc<Mutex<World>>);

impl SharedWorld {
    pub fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    /// Looks at the world, or changes it, while nobody else does.
    pub fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut lock(&self.0))
    }

    /// The world's time, in whole seconds.
    pub fn now(&self) -> OffsetDateTime {
        self.with(|world| world.now())
    }
}

/// Locks even after a panic elsewhere: a failed assertion under the lock must not hang the rest.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
