package org.isonorm.spark.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TorchTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "2.10.0, 2.9.1, true",
    "2.9.1, 2.10.0, false",
    "2.9.1, 2.9.1+cpu, false",
    "2.9.1+cpu, 2.9.1, false",
    "2.9.1, 2.9.1rc2, true",
    "2.0.0, 1.13.0a0+gitabc, true",
  })
  void versionsAreComparedNumberByNumber(String version, String other, boolean newer) {
    assertThat(Torch.isNewer(version, other)).isEqualTo(newer);
  }

  @Test
  void theNewestIsTakenOfThePythonsThatHaveOne() throws IOException {
    String old = FakePython.write(folder.resolve("old"), "2.9.1", "").toString();
    String latest = FakePython.write(folder.resolve("new"), "2.10.0+cpu", "").toString();
    String without =
        FakePython.write(folder.resolve("without"), "ModuleNotFoundError; exit 1", "").toString();

    Torch found = Torch.newest(List.of(without, old, latest, folder.resolve("none").toString()));

    assertThat(found.python()).isEqualTo(latest);
    assertThat(found.version()).isEqualTo("2.10.0+cpu");
  }

  @Test
  void saysWhereItLookedForOne() {
    String none = folder.resolve("none").toString();

    assertThatIllegalStateException()
        .isThrownBy(() -> Torch.newest(List.of(none, none)))
        .withMessage(
            "Cannot find PyTorch in %s (python3 -m pip install -r bench/requirements.txt, or name the Python that has it by --python)"
                .formatted(none));
  }

  @Test
  void scriptsRunWithTheAllocatorAndWithoutOurWaiting() throws Exception {
    Path python =
        FakePython.write(
            folder.resolve("python"), "2.10.0", "echo \"$1 [$GOMP_SPINCOUNT] $MALLOC_CONF\"");
    Torch torch =
        new Torch(
            python.toString(), "2.10.0", new Allocator("jemalloc", Map.of("MALLOC_CONF", "a:1")));

    Process process = torch.start("torch_step.py", List.of("--depth"));

    assertThat(process.inputReader().readLine()).isEqualTo("--depth [] a:1");
    assertThat(process.waitFor()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"torch_fast.py, numpy", "torch_step.py, torch"})
  void aScriptWithoutItsModulesSaysWhatInstallsThem(String script, String module) throws Exception {
    Process process;
    try {
      // Without the modules of this machine, whatever they are.
      process =
          new ProcessBuilder("python3", "-I", "-S", "../bench/" + script, "--help")
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      assumeTrue(false, "TorchTest is skipped: there is no python3");
      return;
    }
    assertThat(process.inputReader().lines())
        .singleElement()
        .asString()
        .matches(
            "Cannot run %s: (\\S+) has no module %s \\(\\1 -m pip install -r bench/requirements.txt\\)"
                .formatted(script, module));
    assertThat(process.waitFor()).isEqualTo(1);
  }

  @Test
  void tcmallocComesBeforeJemallocAndThatBeforeTheCLibrary() throws IOException {
    assertThat(Allocator.find(List.of(folder), Map.of()).describe())
        .isEqualTo("the C library's allocator (no tcmalloc or jemalloc here)");
    assertThat(Allocator.find(List.of(folder), Map.of("MALLOC_MMAP_THRESHOLD_", "4294967296")))
        .isEqualTo(
            new Allocator(
                "the C library's allocator with bin/isonorm's settings (no tcmalloc or jemalloc here)",
                Map.of()));

    Path jemalloc = Files.createFile(folder.resolve("libjemalloc.so.2"));
    Allocator found = Allocator.find(List.of(folder), Map.of());
    assertThat(found.describe()).isEqualTo("jemalloc (" + jemalloc + ")");
    assertThat(found.environment())
        .containsEntry("LD_PRELOAD", jemalloc.toString())
        .containsKey("MALLOC_CONF");

    Path tcmalloc = Files.createFile(folder.resolve("libtcmalloc.so.4"));
    assertThat(Allocator.find(List.of(folder), Map.of()).environment())
        .isEqualTo(Map.of("LD_PRELOAD", tcmalloc.toString()));
    assertThat(Allocator.find(List.of(folder), Map.of("LD_PRELOAD", "/opt/lib/mine.so")))
        .isEqualTo(new Allocator("LD_PRELOAD=/opt/lib/mine.so as it was set", Map.of()));
  }
}
