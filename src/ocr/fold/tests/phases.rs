//! The local head of PP-OCRv5_server's detector, and what only looks like it.

use super::super::fold;
use super::super::onnx::{AttributeProto, NodeProto};
use super::folded;
use super::net::{Net, operators};

type Alter<'c> = &'c dyn Fn(&mut NodeProto);

/// What makes a head another one.
#[derive(Default)]
struct Change<'c> {
    base_last: bool,
    scale: Option<f64>,
    attribute: Option<(&'c str, &'c str)>,
    /// Changes the operator that many steps from the end of the head: the last convolution is 0.
    operator: Option<(usize, Alter<'c>)>,
    /// Which of the head's inner values something else reads, too, counted in the same way.
    shared: Option<usize>,
}

/// A doubling to a map of five channels, another one to a base of two, and the head over both.
fn head(change: &Change) -> Net {
    let mut net = Net::new(3);
    net.conv(4, 3).step("Relu", &[]).double(5).normalize().step("Relu", &[]);
    let small = net.value.clone();
    let base = net.double(2).step("Sigmoid", &[]).value.clone();
    net.value = small;
    double_nearest(&mut net, change);
    if change.base_last {
        net.step("Concat", &[&base]);
    } else {
        let doubled = std::mem::replace(&mut net.value, base.clone());
        net.step("Concat", &[&doubled]);
    }
    let concat = net.graph().node.last_mut().unwrap();
    *concat = std::mem::take(concat).with_number("axis", 1);
    net.channels = 7;
    net.conv(6, 3).normalize().step("Relu", &[]).conv(3, 1).by("Add", &[1, 3, 1, 1]);
    let end = net.graph().node.len() - 2;
    if let Some((at, alter)) = change.operator {
        alter(&mut net.graph().node[end - at]);
    }
    let local = net.value.clone();
    if let Some(at) = change.shared {
        net.value = net.graph().node[end - at].output[0].clone();
        net.step("Sigmoid", &[]).output();
    }
    net.value = local;
    net.step("Sigmoid", &[]);
    net
}

/// As `Paddle2ONNX` writes it, with an empty region.
fn double_nearest(net: &mut Net, change: &Change) {
    let region = net.given(&[0], vec![]);
    let scale = change.scale.unwrap_or(2.0);
    let scales = net.given(&[4], vec![1.0, 1.0, scale, scale]);
    net.step("Resize", &[&region, &scales]);
    for (name, usual) in
        [("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")]
    {
        let other = change.attribute.filter(|(changed, _)| *changed == name);
        let text = other.map_or(usual, |(_, text)| text).as_bytes().to_vec();
        let attribute =
            AttributeProto { name: Some(name.to_owned()), s: Some(text), r#type: Some(3), ..Default::default() };
        net.graph().node.last_mut().unwrap().attribute.push(attribute);
    }
}

#[test]
fn a_local_head_works_on_the_small_map() {
    for base_last in [false, true] {
        let operators = operators(&folded(&mut head(&Change { base_last, ..Default::default() })));
        assert_eq!(operators[..6], ["Conv", "Relu", "ConvTranspose", "Relu", "ConvTranspose", "Sigmoid"]);
        assert_eq!(operators[6..8], ["SpaceToDepth", "Concat"]);
        assert_eq!(operators[8..20], ["Conv", "Relu", "Conv"].repeat(4));
        assert_eq!(operators[20..], ["Concat", "DepthToSpace", "Sigmoid"]);
    }
}

#[test]
fn a_local_head_keeps_what_others_read() {
    for at in [1, 2, 4, 5] {
        let operators = operators(&folded(&mut head(&Change { shared: Some(at), ..Default::default() })));
        assert!(operators.contains(&"Resize".to_owned()), "{at}: {operators:?}");
    }
}

#[test]
fn only_a_local_head_is_taken_for_one() {
    let stays = |what: &str, change: Change| {
        let operators = operators(&fold(&head(&change).output().bytes()).unwrap());
        assert!(operators.contains(&"Resize".to_owned()), "{what}: {operators:?}");
    };
    let default = Change::default;
    stays("three times as large", Change { scale: Some(3.0), ..default() });
    for attribute in [("mode", "linear"), ("nearest_mode", "ceil"), ("coordinate_transformation_mode", "half_pixel")] {
        stays(attribute.1, Change { attribute: Some(attribute), ..default() });
    }
    let list = |name: &'static str, numbers: &'static [i64]| {
        move |node: &mut NodeProto| {
            node.attribute.retain(|attribute| attribute.name.as_deref() != Some(name));
            *node = std::mem::take(node).with_numbers(name, numbers);
        }
    };
    let sigmoid = |node: &mut NodeProto| node.op_type = Some("Sigmoid".to_owned());
    stays("another activation", Change { operator: Some((1, &sigmoid)), ..default() });
    stays("one pixel of padding missing", Change { operator: Some((3, &list("pads", &[1, 1, 1, 0]))), ..default() });
    stays("every other pixel", Change { operator: Some((3, &list("strides", &[2, 2]))), ..default() });
    stays("a padded end", Change { operator: Some((0, &list("pads", &[1, 1, 1, 1]))), ..default() });
    let sizes = |node: &mut NodeProto| node.input.push("sizes".to_owned());
    stays("sizes instead of scales", Change { operator: Some((5, &sizes)), ..default() });
}
