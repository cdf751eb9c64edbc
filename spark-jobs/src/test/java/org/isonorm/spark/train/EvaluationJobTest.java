package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EvaluationJobTest {
  private static final List<String> MODEL = List.of("airplane", "automobile", "bird");

  private static Optional<String> said(String... names) {
    return EvaluationJob.otherNames(MODEL, Path.of("model.zip"), List.of(names), "data/x");
  }

  @Test
  void theModelsClassesAreNoNews() {
    assertThat(said("airplane", "automobile", "bird")).isEmpty();
  }

  @Test
  void classesOfOtherNamesAreSaidByTheFirst() {
    assertThat(said("airplane", "car", "crow"))
        .contains(
            "Class 1 of data set data/x is car, but that of model.zip is automobile: classes are compared by their numbers, so be sure that these are the same ones");
  }

  @Test
  void classesInAnotherOrderAreRefused() {
    assertThatThrownBy(() -> said("plane", "bird", "automobile"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Invalid data set data/x: its class 1 is bird, but that of model.zip is automobile, and bird is its class 2 (ingest the images with the model's classes, in their order)");
  }
}
