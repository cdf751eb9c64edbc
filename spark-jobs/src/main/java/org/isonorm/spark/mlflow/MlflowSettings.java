package org.isonorm.spark.mlflow;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.isonorm.spark.config.MlflowConfig;

/**
 * Where a run is tracked.
 *
 * @param server the tracking server's address, without user and password
 * @param authorization value of the header of that name; empty for none
 * @param experiment the experiment's name, made if there is none
 * @param runName the run's name
 */
public record MlflowSettings(
    URI server, Optional<String> authorization, String experiment, String runName) {
  /** As MLflow's own clients read them. */
  private static final String URI_VARIABLE = "MLFLOW_TRACKING_URI";

  private static final String TOKEN_VARIABLE = "MLFLOW_TRACKING_TOKEN";
  private static final String USER_VARIABLE = "MLFLOW_TRACKING_USERNAME";
  private static final String PASSWORD_VARIABLE = "MLFLOW_TRACKING_PASSWORD";

  /**
   * What configuration and environment say; nothing if they name no server. A variable that names a
   * store of another kind, which MLflow's own clients open themselves, is said to be left alone: it
   * was set for other programs.
   *
   * @param name of the run, if the configuration gives it no other for MLflow
   * @param environment the process's variables
   * @param notes takes a sentence
   */
  public static Optional<MlflowSettings> of(
      MlflowConfig config, String name, Map<String, String> environment, Consumer<String> notes) {
    return server(config, environment, notes)
        .map(
            uri ->
                new MlflowSettings(
                    withoutUser(uri),
                    authorization(uri, environment),
                    config.experiment(),
                    config.runName().isBlank() ? name : config.runName()));
  }

  private static Optional<URI> server(
      MlflowConfig config, Map<String, String> environment, Consumer<String> notes) {
    if (!config.trackingUri().isBlank()) {
      return Optional.of(MlflowConfig.server(MlflowConfig.URI_KEY, config.trackingUri()));
    }
    String address = environment.getOrDefault(URI_VARIABLE, "");
    if (address.isBlank()) {
      return Optional.empty();
    }
    try {
      return Optional.of(MlflowConfig.server(URI_VARIABLE, address));
    } catch (IllegalArgumentException e) {
      notes.accept(e.getMessage() + "; MLflow is not told of this run");
      return Optional.empty();
    }
  }

  private static Optional<String> authorization(URI uri, Map<String, String> environment) {
    String token = environment.getOrDefault(TOKEN_VARIABLE, "");
    if (!token.isEmpty()) {
      return Optional.of("Bearer " + token);
    }
    String user = environment.getOrDefault(USER_VARIABLE, "");
    String credentials =
        user.isEmpty()
            ? uri.getUserInfo()
            : user + ":" + environment.getOrDefault(PASSWORD_VARIABLE, "");
    return Optional.ofNullable(credentials)
        .map(text -> Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)))
        .map("Basic "::concat);
  }

  private static URI withoutUser(URI uri) {
    String path = uri.getRawPath() == null ? "" : uri.getRawPath().replaceFirst("/+$", "");
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    return URI.create(
        String.format(Locale.ROOT, "%s://%s%s%s", uri.getScheme(), uri.getHost(), port, path));
  }
}
