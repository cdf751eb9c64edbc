package org.isonorm.network.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkDefinitionTest {

  @ParameterizedTest
  @CsvSource({
    "vgg-11, VGG, NONE, 64",
    "vgg-19, VGG, NONE, 64",
    "resnet-8, CIFAR_RESNET, A_BN, 16",
    "resnet-20, CIFAR_RESNET, A_BN, 16",
    "resnet-110, CIFAR_RESNET, A_BN, 16",
    "resnet-34, RESNET_34, B, 64",
    "densenet-10, DENSENET, NONE, 12",
    "densenet-100, DENSENET, NONE, 12",
    "wrn-10-1, WIDE_RESNET, NONE, 16",
    "wrn-28-10, WIDE_RESNET, NONE, 16",
  })
  void nameDecidesFamilyAndDefaults(
      String name, NetworkFamily family, Shortcut shortcut, int width) {
    assertThat(NetworkDefinition.parse(name, 100))
        .isEqualTo(
            new NetworkDefinition(
                name,
                100,
                shortcut,
                width,
                Biases.CLASSIFIER,
                Variant.STANDARD,
                Normalization.BATCH,
                .1,
                "relu",
                32,
                32,
                3,
                "",
                false))
        .returns(family, NetworkDefinition::family);
  }

  @ParameterizedTest
  @CsvSource({"resnet-18-imagenet, 18", "resnet-34-imagenet, 34", "resnet-50-imagenet, 50"})
  void largeImagesAreThoseOfTheLiterature(String name, int depth) {
    NetworkDefinition network = NetworkDefinition.of(name);

    assertThat(network)
        .returns(NetworkFamily.IMAGENET_RESNET, NetworkDefinition::family)
        .returns(depth, NetworkDefinition::depth)
        .returns(Shortcut.B, NetworkDefinition::shortcut)
        .returns(64, NetworkDefinition::width)
        .returns(224, NetworkDefinition::imageHeight)
        .returns(224, NetworkDefinition::imageWidth);
    assertThat(network.withImage(64, 512, 4).imageWidth()).isEqualTo(512);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> network.withImage(64, 63, 3))
        .withMessage(
            "Invalid image width: 63 (must be >= 64 for %s; resnet-D, resnet-34 and wrn-D-K take smaller images)",
            name);
  }

  @Test
  void networksForSmallImagesKeepTheirNames() {
    assertThat(NetworkDefinition.of("resnet-50"))
        .returns(NetworkFamily.CIFAR_RESNET, NetworkDefinition::family);
    assertThat(NetworkDefinition.of("resnet-34"))
        .returns(NetworkFamily.RESNET_34, NetworkDefinition::family);
  }

  @Test
  void aBuilderChecksTheWholeAlone() {
    NetworkDefinition network =
        NetworkDefinition.of("resnet-20").toBuilder()
            .classes(7)
            .shortcut(Shortcut.NONE)
            .shortcut(Shortcut.B)
            .width(8)
            .biases(Biases.ALL)
            .normalization(Normalization.FIXUP)
            .statisticsRate(.2)
            .activation("tanh")
            .image(9, 11, 1)
            .build();

    assertThat(network)
        .isEqualTo(
            new NetworkDefinition(
                "resnet-20",
                7,
                Shortcut.B,
                8,
                Biases.ALL,
                Variant.STANDARD,
                Normalization.FIXUP,
                .2,
                "tanh",
                9,
                11,
                1,
                "",
                false));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> network.toBuilder().shortcut(Shortcut.NONE).build())
        .withMessage("Invalid shortcut: none for resnet-20 (must be one of a, a+bn, b)");
  }

  @Test
  void withersChangeTheirOwnPartAlone() {
    NetworkDefinition start = NetworkDefinition.of("wrn-10-2");
    assertThat(start.withClasses(3).withClasses(10)).isEqualTo(start);
    assertThat(start.withVariant(Variant.GRADINIT))
        .returns(Variant.GRADINIT, NetworkDefinition::variant)
        .isNotEqualTo(start);
    assertThat(start.withVariant(Variant.GRADINIT).withVariant(Variant.STANDARD)).isEqualTo(start);
    assertThat(start.withImage(8, 9, 1))
        .returns(8, NetworkDefinition::imageHeight)
        .returns(9, NetworkDefinition::imageWidth)
        .returns(1, NetworkDefinition::imageChannels);
  }

  @Test
  void knowsEveryNameItLists() {
    assertThat(NetworkDefinition.NAMES)
        .allSatisfy(name -> assertThat(NetworkDefinition.of(name).name()).isEqualTo(name));
  }

  @ParameterizedTest
  @CsvSource({
    "resnet-21, resnet-20",
    "resnet20, resnet-20",
    "ResNet-110, resnet-110",
    "vgg-15, vgg-11",
    "vgg19, vgg-19",
    "resnet-2, resnet-20",
    "resnet-18, resnet-18-imagenet",
    "resnet-20-imagenet, resnet-50-imagenet",
    "vgg-11-imagenet, resnet-18-imagenet",
    "densenet-101, densenet-100",
    "dense-100, densenet-100",
    "densenet-100-12, densenet-100",
    "wrn-28, wrn-28-10",
    "wrn-27-10, wrn-28-10",
    "wrn28-10, wrn-28-10",
    "plain-2, plain-30",
    "plain-30-2, plain-30",
  })
  void unknownNameIsAnsweredWithTheNearest(String name, String nearest) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NetworkDefinition.of(name))
        .withMessageStartingWith(
            "Unknown network: %s (did you mean %s? known: vgg-11, ".formatted(name, nearest));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "resnet-",
        "resnet-99999999999",
        "resnet-08",
        "vgg-20",
        "-",
        "wrn-28-0",
        "wrn-4-1"
      })
  void refusesOtherTexts(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NetworkDefinition.of(name))
        .withMessageStartingWith("Unknown network: " + name);
  }

  @Test
  void refusesBadSizes() {
    NetworkDefinition vgg = NetworkDefinition.of("vgg-11");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> vgg.withClasses(1))
        .withMessage("Invalid classes: 1 (must be >= 2)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> vgg.withWidth(0))
        .withMessage("Invalid network width: 0 (must be >= 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> vgg.withImage(28, 32, 1))
        .withMessage("Invalid image height: 28 (must be a multiple of 32 for vgg-11)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NetworkDefinition.of("densenet-10").withImage(8, 3, 1))
        .withMessage("Invalid image width: 3 (must be >= 4 for densenet-10)");
  }

  @Test
  void refusesAShortcutWhereThereIsNoneAndTheReverse() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NetworkDefinition.of("vgg-11").withShortcut(Shortcut.B))
        .withMessage("Invalid shortcut: b for vgg-11 (must be none)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NetworkDefinition.of("resnet-20").withShortcut(Shortcut.NONE))
        .withMessage("Invalid shortcut: none for resnet-20 (must be one of a, a+bn, b)");
  }

  @Test
  void plainNetworksHaveNoNormalization() {
    NetworkDefinition plain = NetworkDefinition.of("plain-30");
    assertThat(plain)
        .returns(NetworkFamily.PLAIN, NetworkDefinition::family)
        .returns(Normalization.NONE, NetworkDefinition::normalization)
        .returns(30, NetworkDefinition::depth);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plain.withNormalization(Normalization.BATCH))
        .withMessage("Invalid normalization: batch for plain-30 (plain networks have none)");
  }

  @Test
  void unknownActivationIsAnsweredWithTheNearest() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NetworkDefinition.of("vgg-11").withActivation("leakyrelu"))
        .withMessageStartingWith("Invalid activation: leakyrelu (did you mean leaky-relu? valid: ");
  }

  @Test
  void nameSaysDepthAndWidening() {
    assertThat(NetworkDefinition.of("wrn-28-10"))
        .returns(28, NetworkDefinition::depth)
        .returns(10, NetworkDefinition::widening);
    assertThat(NetworkDefinition.of("densenet-100"))
        .returns(100, NetworkDefinition::depth)
        .returns(1, NetworkDefinition::widening);
  }

  @Test
  void optionsAreParsedByTheirLabels() {
    assertThat(Shortcut.parse("a+bn")).isEqualTo(Shortcut.A_BN);
    assertThat(Biases.parse("classifier")).isEqualTo(Biases.CLASSIFIER);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shortcut.parse("c"))
        .withMessage("Invalid shortcut: c (must be one of none, a, a+bn, b)");
    assertThat(Variant.parse("gradinit")).isEqualTo(Variant.GRADINIT);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Variant.parse("other"))
        .withMessage("Invalid variant: other (must be one of standard, gradinit)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Biases.parse("some"))
        .withMessage("Invalid biases: some (must be one of none, classifier, all)");
  }
}
