package org.isonorm.spark.export;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.export.OnnxExport;
import org.isonorm.network.export.SafeTensors;
import org.isonorm.network.export.StateDict;
import org.isonorm.network.graph.GraphMemory;
import org.isonorm.network.layer.ChannelsFirst;
import org.isonorm.spark.run.AtomicFiles;
import org.isonorm.spark.run.BuildProperties;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.ModelCard;
import org.isonorm.spark.run.TrainingState;

/** Writes models as files of other systems, with what a user of the model must know in them. */
public final class ModelExport {
  private ModelExport() {}

  /**
   * Writes a model, whole or not at all.
   *
   * @throws IllegalArgumentException in one sentence, if the file is there and must stay
   * @throws IOException in one sentence, if the model cannot be read, does not say its classes and
   *     normalization, or the file cannot be written
   */
  public static ExportSummary run(ExportRequest request) throws IOException {
    if (Files.exists(request.out()) && !request.overwrite()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --out: %s exists (choose another file, or say --overwrite)",
              request.out()));
    }
    ModelCard card = ModelCard.require(request.model());
    Checkpoint checkpoint = Checkpoint.load(request.model());
    ComputationGraph graph = checkpoint.graph();
    try {
      if (ChannelsFirst.isIn(graph.getConfiguration())) {
        throw new UnsupportedOperationException(
            String.format(
                Locale.ROOT,
                "Unsupported export: %s computes with DL4J's own layers (network.fallback = dl4j); DL4J reads model.zip",
                checkpoint.state().network().name()));
      }
      AtomicFiles.write(
          request.out(),
          temporary -> {
            try (OutputStream out = Files.newOutputStream(temporary)) {
              write(request, card, checkpoint.state(), graph, out);
            }
          });
      return new ExportSummary(
          request.format().label(),
          request.out().toString(),
          checkpoint.state().network().name(),
          graph.numParams(),
          Files.size(request.out()));
    } finally {
      GraphMemory.free(graph);
    }
  }

  private static void write(
      ExportRequest request,
      ModelCard card,
      TrainingState state,
      ComputationGraph graph,
      OutputStream out)
      throws IOException {
    Map<String, String> words = metadata(card, state);
    switch (request.format()) {
      case ONNX ->
          OnnxExport.write(
              state.network().name(),
              graph,
              new OnnxExport.Size(card.height(), card.width(), card.channels()),
              request.normalizedInput()
                  ? new OnnxExport.Input.Normalized()
                  : new OnnxExport.Input.Pixels(card.mean(), card.std()),
              !request.keepNormalization(),
              words,
              BuildProperties.version(),
              out);
      case SAFETENSORS -> SafeTensors.write(StateDict.of(graph), words, out);
    }
  }

  /** What a user must know, as JSON where it is more than a word, and where the model is from. */
  private static Map<String, String> metadata(ModelCard card, TrainingState state)
      throws JsonProcessingException {
    ObjectMapper json = new ObjectMapper();
    Map<String, String> words = new LinkedHashMap<>();
    words.put("classes", json.writeValueAsString(card.classNames()));
    words.put("height", Integer.toString(card.height()));
    words.put("width", Integer.toString(card.width()));
    words.put("channels", Integer.toString(card.channels()));
    words.put("mean", json.writeValueAsString(card.mean()));
    words.put("std", json.writeValueAsString(card.std()));
    words.put("resizing", card.resizing());
    words.put("resizedHeight", Integer.toString(card.resizedHeight()));
    words.put("resizedWidth", Integer.toString(card.resizedWidth()));
    words.put("exif", card.exif().name().toLowerCase(Locale.ROOT));
    words.put("network", state.network().name());
    words.put("dataset", state.dataset());
    words.put("seed", Long.toString(state.seed()));
    words.put("epochs", Long.toString(state.progress().epoch()));
    words.put("isonorm.version", BuildProperties.version());
    words.put("isonorm.commit", BuildProperties.commit().orElse(BuildProperties.UNKNOWN));
    return words;
  }
}
