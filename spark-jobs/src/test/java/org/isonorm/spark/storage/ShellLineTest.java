package org.isonorm.spark.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShellLineTest {
  @Test
  void whatIsPlainStandsAsItIs() {
    assertThat(ShellLine.of("isonorm", "train", "--output", Path.of("runs/größe-1_a.b")))
        .isEqualTo("isonorm train --output runs/größe-1_a.b");
    assertThat(ShellLine.of("--resume", "s3a://bucket/runs/lr=0.1"))
        .isEqualTo("--resume s3a://bucket/runs/lr=0.1");
  }

  @Test
  void aShellHandsEveryWordOnAsItWas() throws Exception {
    List<String> words =
        List.of(
            "",
            " ",
            "my runs/a",
            "it's",
            "'",
            "$HOME",
            "`id`",
            "a\\b",
            "~/a",
            "a*[b]?{c,d}",
            "!",
            "#a",
            "a;b|c&d<e>(f)",
            "two\nlines",
            "local[2]",
            "\"a\"",
            "plain");
    Process shell =
        new ProcessBuilder("sh", "-c", "printf '%s\\0' " + ShellLine.of(words.toArray())).start();

    String printed = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(shell.waitFor()).isZero();
    assertThat(printed).isEqualTo(String.join("\0", words) + "\0");
  }
}
