//! Puts lists in order with one sort for all of them. The standard library's is compiled anew for every type that is sorted, and for every iterator that is collected into
//! an ordered map: seven kilobytes of wasm each. Here every type brings its comparison only. And keeps the least of what may come in any order.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Puts `items` in the order of `compare`; equals stay as they stand.
pub fn by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    if items.is_sorted_by(|a, b| compare(a, b).is_le()) {
        return;
    }
    let places = places(items.len(), &|a, b| compare(&items[a], &items[b]));
    for (i, place) in places.iter().enumerate() {
        // what stood there may have been swapped away; it went where the places before it lead
        let mut from = *place;
        while from < i {
            from = places[from];
        }
        items.swap(i, from);
    }
}

/// Puts `items` in the order of what `key` makes of them; equals stay as they stand.
pub fn by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    by(items, |a, b| key(a).cmp(&key(b)));
}

/// Puts `value` under `key`, unless a lesser one is there: whatever order values come in, the least stays.
pub fn keep_least<K: Ord, V: Ord>(map: &mut BTreeMap<K, V>, key: K, value: V) {
    match map.entry(key) {
        Entry::Vacant(entry) => drop(entry.insert(value)),
        Entry::Occupied(mut entry) => {
            if value < *entry.get() {
                entry.insert(value);
            }
        }
    }
}

/// An ordered map, or a JSON object, of `entries`; of two with the same key the later. Collecting would sort first.
pub fn map<M: Default + Extend<E>, E>(entries: impl IntoIterator<Item = E>) -> M {
    let mut map = M::default();
    map.extend(entries);
    map
}

/// For each place in order, where the item stands that belongs there.
#[inline(never)]
fn places(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<_> = (0..len).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_stable_order(mut items in proptest::collection::vec((0u8..6, any::<u8>()), 0..40)) {
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.0);
            by_key(&mut items, |item| item.0);
            prop_assert_eq!(items, expected);
        }
    }
}
