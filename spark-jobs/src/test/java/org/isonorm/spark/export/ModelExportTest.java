package org.isonorm.spark.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import onnx.Onnx.ModelProto;
import org.isonorm.spark.predict.Models;
import org.isonorm.spark.run.RunFolder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the files compute is compared with our inference in OnnxExportTest and StateDictTest. */
class ModelExportTest {
  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void save() throws IOException {
    model = Models.save(folder.resolve("run"));
  }

  @Test
  void anOnnxModelSaysItsClassesNormalizationAndProvenance() throws IOException {
    Path file = folder.resolve("model.onnx");
    ExportSummary summary = ModelExport.run(ExportRequest.of(model, file));

    assertThat(summary.format()).isEqualTo("onnx");
    assertThat(summary.bytes()).isEqualTo(Files.size(file));
    ModelProto onnx = ModelProto.parseFrom(Files.readAllBytes(file));
    assertThat(onnx.getGraph().getName()).isEqualTo("resnet-8");
    Map<String, String> words = new HashMap<>();
    onnx.getMetadataPropsList().forEach(entry -> words.put(entry.getKey(), entry.getValue()));
    assertThat(words)
        .containsEntry("classes", "[\"cat\",\"dog\",\"newt\"]")
        .containsEntry("height", "6")
        .containsEntry("mean", "[0.5,0.25,0.75]")
        .containsEntry("std", "[0.2,0.3,0.4]")
        .containsEntry("resizing", "triangle")
        .containsEntry("resizedHeight", "6")
        .containsEntry("resizedWidth", "6")
        .containsEntry("exif", "upright")
        .containsEntry("dataset", "photos")
        .containsEntry("seed", "1")
        .containsKeys("isonorm.version", "isonorm.commit");
  }

  @Test
  void theFormatIsToldByTheFilesName() throws IOException {
    Path file = folder.resolve("model.safetensors");
    assertThat(ModelExport.run(ExportRequest.of(model, file)).format()).isEqualTo("safetensors");
    assertThat(file).content().contains("\"classes\":\"[\\\"cat\\\",\\\"dog\\\",\\\"newt\\\"]\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExportRequest.of(model, folder.resolve("model.pt")))
        .withMessage(
            "Invalid --out: %s/model.pt (must end in .onnx or .safetensors, or say --format)",
            folder);
  }

  @Test
  void aFileStaysUnlessItIsToBeOverwritten() throws IOException {
    Path file = Files.writeString(folder.resolve("model.onnx"), "mine");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelExport.run(ExportRequest.of(model, file)))
        .withMessage("Invalid --out: %s exists (choose another file, or say --overwrite)", file);
    assertThat(file).hasContent("mine");

    ModelExport.run(new ExportRequest(model, ExportFormat.ONNX, file, true, true, true));
    assertThat(ModelProto.parseFrom(Files.readAllBytes(file)).getGraph().getInput(0).getName())
        .isEqualTo("images");
  }

  @Test
  void aCheckpointIsNoModel() {
    Path checkpoint = new RunFolder(folder.resolve("run")).lastCheckpoint();
    assertThatIOException()
        .isThrownBy(
            () -> ModelExport.run(ExportRequest.of(checkpoint, folder.resolve("model.onnx"))))
        .withMessageEndingWith("(take model.zip of a run of this version, not a checkpoint)");
  }

  @Test
  void optionsOfOnnxAreRefusedForSafetensors() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new ExportRequest(
                    model,
                    ExportFormat.SAFETENSORS,
                    folder.resolve("model.safetensors"),
                    true,
                    false,
                    false))
        .withMessage(
            "Invalid --format: safetensors (--input and --keep-normalization are for onnx; leave them out)");
  }
}
