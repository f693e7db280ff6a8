"""The work in PhysiCell: `python with_physicell.py FOLDER asked.json`, where `build` has put the driver into FOLDER.

Written for the interface of PhysiCell 1.14 and tried with a stand-in that has its names (tests/standin/physicell): the
sources are in no package index, so give their folder with `bench peers --physicell FOLDER`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FLAGS = ["-O3", "-march=native", "-fomit-frame-pointer", "-fopenmp", "-m64", "-std=c++11"]  # those of its Makefiles
PARTS = ("BioFVM", "core", "modules")

DRIVER = r"""
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>
#include "core/PhysiCell.h"
#include "modules/PhysiCell_standard_modules.h"
using namespace BioFVM;
using namespace PhysiCell;

static void advance(double until) {
    Cell_Container* container = (Cell_Container*)microenvironment.agent_container;
    while (PhysiCell_globals.current_time < until - 0.5 * diffusion_dt) {
        microenvironment.simulate_diffusion_decay(diffusion_dt);
        container->update_all_cells(PhysiCell_globals.current_time);
        PhysiCell_globals.current_time += diffusion_dt;
    }
}

// settings.xml, centres of the cells, minutes to relax, minutes to time, where results go
int main(int, char** argv) {
    if (!load_PhysiCell_config_file(argv[1])) return 1;
    omp_set_num_threads(PhysiCell_settings.omp_num_threads);
    SeedRandom(0);
    initialize_microenvironment();
    create_cell_container_for_microenvironment(microenvironment, 30);
    initialize_default_cell_definition();
    cell_defaults.phenotype.secretion.sync_to_microenvironment(&microenvironment);
    cell_defaults.functions.volume_update_function = standard_volume_update_function;
    cell_defaults.functions.update_velocity = standard_update_cell_velocity;
    initialize_cell_definitions_from_pugixml();
    build_cell_definitions_maps();
    setup_signal_behavior_dictionaries();
    setup_cell_rules();
    Cell_Definition* kind = find_cell_definition("cancer");
    kind->functions.update_phenotype = update_cell_and_death_parameters_O2_based;
    kind->parameters.o2_proliferation_saturation = 38;
    kind->parameters.o2_reference = 38;

    for (unsigned v = 0; v < microenvironment.number_of_voxels(); v++)
        microenvironment(v)[0] = default_microenvironment_options.Dirichlet_condition_vector[0];
    std::ifstream places(argv[2], std::ios::binary);
    double at[3];
    while (places.read((char*)at, sizeof at)) create_cell(*kind)->assign_position(at[0], at[1], at[2]);

    double warm = atof(argv[3]), minutes = atof(argv[4]);
    advance(warm);
    auto begin = std::chrono::steady_clock::now();
    advance(warm + minutes);
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

    std::string result = argv[5];
    std::ofstream lived(result + ".cells", std::ios::binary), field(result + ".field", std::ios::binary);
    for (Cell* cell : *all_cells) {
        double row[5] = {cell->position[0], cell->position[1], cell->position[2], cell->phenotype.volume.total,
                         cell->phenotype.secretion.uptake_rates[0]};
        lived.write((char*)row, sizeof row);
    }
    for (unsigned v = 0; v < microenvironment.number_of_voxels(); v++)
        field.write((char*)&microenvironment(v)[0], sizeof(double));
    long peak = 0;
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) sscanf(line.c_str(), "VmHWM: %ld", &peak);
    printf("\n{\"seconds\": %.9g, \"cells\": %zu, \"peak\": %ld}\n", seconds, all_cells->size(), 1024 * peak);
    return 0;
}
"""

SETTINGS = """<PhysiCell_settings version="devel-version">
  <domain>
    <x_min>-{half}</x_min><x_max>{half}</x_max><y_min>-{half}</y_min><y_max>{half}</y_max>
    <z_min>-{half}</z_min><z_max>{half}</z_max><dx>{voxel}</dx><dy>{voxel}</dy><dz>{voxel}</dz><use_2D>false</use_2D>
  </domain>
  <overall>
    <max_time units="min">1440</max_time><time_units>min</time_units><space_units>micron</space_units>
    <dt_diffusion units="min">{diffusion_step}</dt_diffusion><dt_mechanics units="min">{mechanics_step}</dt_mechanics>
    <dt_phenotype units="min">6</dt_phenotype>
  </overall>
  <parallel><omp_num_threads>{threads}</omp_num_threads></parallel>
  <save>
    <folder>.</folder><full_data><interval units="min">1440</interval><enable>false</enable></full_data>
    <SVG><interval units="min">1440</interval><enable>false</enable></SVG>
    <legacy_data><enable>false</enable></legacy_data>
  </save>
  <options><random_seed>0</random_seed><virtual_wall_at_domain_edge>true</virtual_wall_at_domain_edge></options>
  <microenvironment_setup>
    <variable name="oxygen" units="mmHg" ID="0">
      <physical_parameter_set>
        <diffusion_coefficient units="micron^2/min">{diffusion}</diffusion_coefficient>
        <decay_rate units="1/min">{decay}</decay_rate>
      </physical_parameter_set>
      <initial_condition units="mmHg">{value}</initial_condition>
      <Dirichlet_boundary_condition units="mmHg" enabled="True">{value}</Dirichlet_boundary_condition>
      <Dirichlet_options>
        <boundary_value ID="xmin" enabled="True">{value}</boundary_value>
        <boundary_value ID="xmax" enabled="True">{value}</boundary_value>
        <boundary_value ID="ymin" enabled="True">{value}</boundary_value>
        <boundary_value ID="ymax" enabled="True">{value}</boundary_value>
        <boundary_value ID="zmin" enabled="True">{value}</boundary_value>
        <boundary_value ID="zmax" enabled="True">{value}</boundary_value>
      </Dirichlet_options>
    </variable>
    <options>
      <calculate_gradients>false</calculate_gradients>
      <track_internalized_substrates_in_each_agent>false</track_internalized_substrates_in_each_agent>
    </options>
  </microenvironment_setup>
  <cell_definitions>
    <cell_definition name="cancer" ID="0">
      <phenotype>
        <cycle code="5" name="live">
          <phase_transition_rates units="1/min">
            <rate start_index="0" end_index="0" fixed_duration="false">0.00072</rate>
          </phase_transition_rates>
        </cycle>
        <death>
          <model code="100" name="apoptosis"><death_rate units="1/min">5.31667e-05</death_rate></model>
          <model code="101" name="necrosis"><death_rate units="1/min">0</death_rate></model>
        </death>
        <secretion>
          <substrate name="oxygen">
            <secretion_rate units="1/min">0</secretion_rate><secretion_target units="mmHg">{value}</secretion_target>
            <uptake_rate units="1/min">{uptake}</uptake_rate><net_export_rate units="mmHg/min">0</net_export_rate>
          </substrate>
        </secretion>
      </phenotype>
      <custom_data></custom_data>
    </cell_definition>
  </cell_definitions>
  <user_parameters></user_parameters>
</PhysiCell_settings>
"""


def build(sources: Path, folder: Path, compiler: str = "g++") -> str:
    """Compile PhysiCell's sources and the driver into ``folder``; returns the version. Raises RuntimeError."""
    units = [unit for part in PARTS for unit in sorted((sources / part).glob("*.cpp"))]
    if not (sources / "core" / "PhysiCell.h").is_file():
        raise RuntimeError(f"{sources} holds no PhysiCell (core/PhysiCell.h): give the folder of its sources")
    folder.mkdir(parents=True, exist_ok=True)
    driver = folder / "driver.cpp"
    driver.write_text(DRIVER)
    objects = [folder / f"{unit.stem}.o" for unit in [*units, driver]]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(
            lambda pair: _run([compiler, *FLAGS, f"-I{sources}", "-c", str(pair[0]), "-o", str(pair[1])]),
            zip([*units, driver], objects),
        ))  # fmt: skip
    _run([compiler, *FLAGS, *map(str, objects), "-o", str(folder / "driver")])
    version = sources / "VERSION.txt"
    (folder / "version").write_text(version.read_text().strip() if version.is_file() else "of unknown version")
    return (folder / "version").read_text()


def _run(command: Iterable[str]) -> None:
    done = subprocess.run([*command], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(next((s for s in done.stderr.splitlines() if "error" in s), done.stderr[-300:]))


def settings(asked: dict) -> str:
    """PhysiCell's settings for the work."""
    same = asked["steps"] == "same"
    return SETTINGS.format(
        **asked, half=asked["side"] / 2, diffusion_step=1 / 128 if same else 0.01,
        mechanics_step=1 / 8 if same else 0.1,
    )  # fmt: skip


def main(folder: Path, asked: dict) -> None:
    Path("settings.xml").write_text(settings(asked))
    arguments = ["settings.xml", asked["cells"], str(asked["warm"]), str(asked["minutes"]), asked["result"]]
    done = subprocess.run([str(folder / "driver"), *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit((done.stderr or done.stdout or "PhysiCell stopped").strip().splitlines()[-1])
    print(json.dumps(json.loads(done.stdout.strip().splitlines()[-1]) | {"version": (folder / "version").read_text()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
