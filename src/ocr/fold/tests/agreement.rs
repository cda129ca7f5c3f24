//! When two models are taken to say the same.

use super::super::agreement::{Difference, FirstOutput};

/// `[1, 1, 1, pixels]`.
fn map(values: &[f32]) -> FirstOutput {
    FirstOutput { shape: vec![1, 1, 1, values.len()], values: values.to_vec() }
}

/// Steps of three classes.
fn steps(values: &[f32]) -> FirstOutput {
    FirstOutput { shape: vec![1, values.len() / 3, 3], values: values.to_vec() }
}

#[test]
fn roundings_are_no_difference() {
    let (one, other) = (map(&[0.9, 0.3004, 1e-7, 0.02]), map(&[0.9002, 0.2998, 3e-6, 0.02005]));
    assert!(one.agrees_with(&other).is_ok_and(|by| by > 0.0));
    let (one, other) =
        (steps(&[0.5, 0.4996, 4e-4, 1e-3, 0.99, 9e-3]), steps(&[0.4999, 0.4998, 3e-4, 1.1e-3, 0.9898, 9e-3]));
    assert!(one.agrees_with(&other).is_ok());
    assert_eq!(one.agrees_with(&one), Ok(0.0));
}

#[test]
fn a_map_may_not_mark_other_pixels() {
    let one = map(&[0.9, 0.305, 0.1, 0.295]);
    assert_eq!(one.agrees_with(&map(&[0.9, 0.299, 0.1, 0.301])), Err(Difference::Mask { count: 2 }));
}

#[test]
fn no_step_may_have_another_most_probable_class() {
    let one = steps(&[0.5, 0.4996, 4e-4, 1e-3, 0.99, 9e-3]);
    let other = steps(&[0.4996, 0.5, 4e-4, 1e-3, 0.99, 9e-3]);
    assert_eq!(one.agrees_with(&other), Err(Difference::Classes { count: 1 }));
}

#[test]
fn probabilities_differ_by_parts_of_themselves() {
    let one = map(&[0.9, 0.1]);
    for other in [[0.88, 0.1], [0.9, 0.103], [f32::NAN, 0.1]] {
        assert!(
            matches!(one.agrees_with(&map(&other)), Err(Difference::Values { .. } | Difference::Mask { .. })),
            "{other:?}"
        );
    }
    assert!(matches!(steps(&[f32::NAN; 3]).agrees_with(&steps(&[f32::NAN; 3])), Err(Difference::Values { .. })));
}

#[test]
fn other_shapes_are_other_answers() {
    let one = map(&[0.9, 0.1]);
    let turned = FirstOutput { shape: vec![1, 1, 2, 1], values: one.values.clone() };
    assert_eq!(one.agrees_with(&turned), Err(Difference::Shape));
    assert_eq!(map(&[]).agrees_with(&map(&[])), Err(Difference::Shape));
}
