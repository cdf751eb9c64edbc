package org.isonorm.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PluralTest {
  @Test
  void oneIsSingular() {
    assertThat(Plural.of(1, "image")).isEqualTo("1 image");
    assertThat(Plural.of(0, "image")).isEqualTo("0 images");
    assertThat(Plural.of(45_000, "image")).isEqualTo("45,000 images");
  }

  @Test
  void whatIsShownAsOneIsSingular() {
    assertThat(Plural.imagesPerSecond("%.0f", 0.8)).isEqualTo("1 image/s");
    assertThat(Plural.imagesPerSecond("%.1f", 1)).isEqualTo("1.0 images/s");
    assertThat(Plural.imagesPerSecond("%,.0f", 1234.4)).isEqualTo("1,234 images/s");
  }
}
