//! Folding small networks, and answering with them before and after.

mod agreement;
mod cache;
mod evaluate;
mod net;
mod phases;

use proptest::prelude::*;
use prost::Message;

use super::onnx::{AttributeProto, ModelProto, NodeProto};
use super::weights::Weights;
use super::{Error, fold};
use evaluate::answer;
use net::{Net, constant, operators};

/// Folds a network whose value becomes its output, and checks that it answers as before and cannot be folded further.
fn folded(net: &mut Net) -> Vec<u8> {
    let model = net.output().bytes();
    let folded = fold(&model).unwrap();
    let image = Weights { dims: vec![1, net.inputs, 6, 5], values: Net::new(1).numbers(net.inputs * 30) };
    for (before, after) in answer(&model, image.clone()).iter().zip(answer(&folded, image)) {
        assert_eq!(before.dims, after.dims);
        let largest = before.values.iter().fold(1.0_f64, |largest, value| largest.max(value.abs()));
        let differences = before.values.iter().zip(&after.values).map(|(before, after)| (before - after).abs());
        let worst = differences.fold(0.0, f64::max);
        assert!(worst <= 1e-5 * largest, "{worst} of {largest}: {:?}", operators(&folded));
    }
    assert!(fold(&folded).unwrap() == folded, "folding again changes something");
    folded
}

#[test]
fn what_surrounds_an_activation_goes_into_the_convolutions() {
    let mut net = Net::new(3);
    net.conv(4, 3).by("Add", &[1, 4, 1, 1]).affine().step("HardSwish", &[]).affine().conv(5, 1);
    assert_eq!(operators(&folded(&mut net)), ["Conv", "HardSwish", "Conv"]);
}

#[test]
fn normalization_goes_into_either_convolution() {
    let mut net = Net::new(3);
    net.conv(4, 3).normalize().step("Relu", &[]).double(2).normalize();
    assert_eq!(operators(&folded(&mut net)), ["Conv", "Relu", "ConvTranspose"]);
}

#[test]
fn a_shift_stays_in_front_of_a_padded_convolution() {
    let mut net = Net::new(3);
    net.conv(4, 3).step("HardSwish", &[]).affine().depthwise(3).step("Relu", &[]).by("Add", &[]).conv(5, 3);
    assert_eq!(operators(&folded(&mut net)), ["Conv", "HardSwish", "Add", "Conv", "Relu", "Add", "Conv"]);
}

#[test]
fn a_shift_of_whole_blocks_becomes_a_convolution() {
    let mut net = Net::new(3);
    net.conv(16, 3).step("HardSwish", &[]).affine().depthwise(3);
    let folded = folded(&mut net);
    assert_eq!(operators(&folded), ["Conv", "HardSwish", "Conv", "Conv"]);
    assert_eq!(constant(&folded, 2, 1), Weights { dims: vec![16, 1, 1, 1], values: vec![1.0; 16] });
}

#[test]
fn a_shift_leaves_only_the_readers_that_can_take_it() {
    let mut net = Net::new(3);
    net.conv(4, 3).step("Relu", &[]).by("Add", &[]);
    let shared = net.value.clone();
    net.conv(5, 1).output();
    net.value = shared;
    net.channels = 4;
    net.depthwise(3);
    assert_eq!(operators(&folded(&mut net)), ["Conv", "Relu", "Add", "Conv", "Conv"]);
}

#[test]
fn a_scale_alone_is_left_to_the_runtime() {
    let mut net = Net::new(3);
    net.conv(16, 3).step("Relu", &[]).by("Mul", &[]).step("Sigmoid", &[]);
    assert_eq!(operators(&folded(&mut net)), ["Conv", "Relu", "Mul", "Sigmoid"]);
}

#[test]
fn an_excitation_with_a_shortcut_is_one_product() {
    let mut net = Net::new(4);
    let image = net.conv(4, 3).value.clone();
    net.squeeze().step("Mul", &[&image]).step("Add", &[&image]);
    let operators = operators(&folded(&mut net));
    assert_eq!(operators[operators.len() - 3..], ["HardSigmoid", "Add", "Mul"]);
}

#[test]
fn a_sum_with_a_product_of_images_stays() {
    let mut net = Net::new(4);
    let image = net.conv(4, 3).value.clone();
    net.conv(4, 3).step("Sigmoid", &[]).step("Mul", &[&image]).step("Add", &[&image]);
    assert_eq!(operators(&folded(&mut net)), ["Conv", "Conv", "Sigmoid", "Mul", "Add"]);
}

#[test]
fn a_detection_head_works_on_the_small_image() {
    let mut net = Net::new(3);
    net.conv(17, 3).step("Relu", &[]).double(5).normalize().step("Relu", &[]).double(1).step("Sigmoid", &[]);
    let operators = operators(&folded(&mut net));
    assert_eq!(operators, ["Conv", "Relu", "Conv", "Relu", "Conv", "Sigmoid", "DepthToSpace"]);
}

#[test]
fn few_channels_are_filled_up() {
    let mut net = Net::new(3);
    net.conv(12, 1).conv(20, 3);
    let folded = folded(&mut net);
    assert_eq!(constant(&folded, 0, 1).dims, [16, 3, 1, 1]);
    assert_eq!(constant(&folded, 1, 1).dims, [20, 16, 3, 3]);
}

#[test]
fn outputs_of_the_model_stay() {
    let mut net = Net::new(3);
    net.conv(4, 3).output().by("Add", &[1, 4, 1, 1]).output().step("Identity", &[]);
    assert_eq!(operators(&folded(&mut net)), ["Conv", "Add", "Identity"]);
}

#[test]
fn what_a_caller_may_override_is_no_constant() {
    let mut net = Net::new(3);
    net.conv(4, 3).by("Add", &[1, 4, 1, 1]);
    let constant = net.graph().initializer[1].name.clone();
    let mut input = net.graph().input[0].clone();
    input.name = constant;
    net.graph().input.push(input);
    assert_eq!(operators(&folded(&mut net)), ["Conv", "Add"]);
}

#[test]
fn constants_and_identities_are_no_steps() {
    let mut net = Net::new(3);
    net.step("Identity", &[]).conv(4, 3).step("Identity", &[]).step("Relu", &[]);
    let filter = net.graph().initializer.pop().unwrap();
    let mut node = NodeProto::new("Constant", vec![], filter.name.clone().unwrap());
    let name = Some("value".to_owned());
    node.attribute.push(AttributeProto { name, t: Some(filter), r#type: Some(4), ..Default::default() });
    net.graph().node.insert(0, node);
    assert_eq!(operators(&folded(&mut net)), ["Conv", "Relu"]);
}

#[test]
fn negligible_weights_become_zero_and_small_ones_stay() {
    let mut net = Net::new(1);
    let filter = net.given(&[1, 4, 1, 1], vec![1e-40, -1e-31, 1e-29, 1.0]);
    let epsilon = net.given(&[], vec![1e-38]);
    net.channels = 4;
    net.step("Conv", &[&filter]).step("Relu", &[]).step("Add", &[&epsilon]).output();
    let folded = fold(&net.bytes()).unwrap();
    assert_eq!(constant(&folded, 0, 1).values, [0.0, 0.0, f64::from(1e-29_f32), 1.0]);
    assert_eq!(constant(&folded, 2, 1).values, [f64::from(1e-38_f32)]);
}

#[test]
fn the_character_list_survives() {
    let mut net = Net::new(3);
    net.conv(4, 3).by("Add", &[1]);
    // `StringStringEntryProto`: field 1 is the key, field 2 the value.
    let entry = [b"\x0a\x09character\x12\x08".as_slice(), "一\n丁\n".as_bytes()].concat();
    net.model.metadata_props = vec![entry.clone()];
    let folded = ModelProto::decode(&*folded(&mut net)).unwrap();
    assert_eq!(folded.metadata_props, [entry]);
}

#[test]
fn what_is_not_understood_is_refused() {
    let refusal = |change: &dyn Fn(&mut Net)| {
        let mut net = Net::new(3);
        change(net.conv(4, 3).output());
        fold(&net.bytes()).unwrap_err()
    };
    assert!(matches!(refusal(&|net| net.model.ir_version = Some(3)), Error::Outdated));
    assert!(matches!(refusal(&|net| net.model.opset_import[0].version = Some(6)), Error::Outdated));
    let branch = |net: &mut Net| net.graph().node[0].attribute[0].g = Some(vec![]);
    assert!(matches!(refusal(&branch), Error::ControlFlow));

    let mut net = Net::new(3);
    // Field 99, a number: nothing that `onnx.proto` has.
    let stranger = [net.conv(4, 3).output().bytes(), vec![0x98, 0x06, 0x01]].concat();
    assert!(matches!(fold(&stranger).unwrap_err(), Error::UnknownFields));
}

/// A network out of a list of numbers, each of which is a step.
fn random(steps: &[u8]) -> Net {
    let mut net = Net::new(3);
    for step in steps {
        let channels = net.channels;
        match step % 12 {
            0 => net.conv(usize::from(step / 12), 1),
            1 => net.conv(16, 3),
            2 => net.depthwise(3),
            3 => net.normalize(),
            4 => net.affine(),
            5 => net.by("Mul", &[]),
            6 => net.by("Add", &[channels, 1, 1]),
            7 => net.step("HardSwish", &[]),
            8 => net.step("Identity", &[]),
            9 => net.output(),
            10 => {
                let image = net.value.clone();
                net.squeeze().step("Mul", &[&image]).step("Add", &[&image])
            }
            _ => net.step("Relu", &[]),
        };
    }
    net
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn folding_changes_no_answer(steps in prop::collection::vec(12_u8.., 0..9)) {
        folded(&mut random(&steps));
    }

    #[test]
    fn damaged_models_do_not_panic(
        steps in prop::collection::vec(12_u8.., 1..9),
        length in 0.0..1.0_f64,
        flips in prop::collection::vec((0.0..1.0_f64, 1_u8..), 0..4),
    ) {
        let mut model = random(&steps).output().bytes();
        for (place, flip) in flips {
            let place = (place * model.len() as f64) as usize;
            model[place] ^= flip;
        }
        let _ = fold(&model);
        model.truncate((length * model.len() as f64) as usize);
        let _ = fold(&model);
    }

    #[test]
    fn noise_is_no_model(noise in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(fold(&noise).is_err());
    }
}
